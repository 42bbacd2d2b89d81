#include "kafka/fetch_wake.hpp"

#include <cstdlib>
#include <string>

namespace gateway::kafka {

namespace {

std::string property(const rd_kafka_t* handle, const char* name) {
    const auto* conf = rd_kafka_conf(const_cast<rd_kafka_t*>(handle));
    std::size_t size = 0;  // With the zero at the end.
    if (rd_kafka_conf_get(conf, name, nullptr, &size) != RD_KAFKA_CONF_OK || size == 0) return {};
    std::string value(size, '\0');
    if (rd_kafka_conf_get(conf, name, value.data(), &size) != RD_KAFKA_CONF_OK) return {};
    value.pop_back();
    return value;
}

std::size_t half_of(const rd_kafka_t* handle, const char* name) {
    return std::strtoul(property(handle, name).c_str(), nullptr, 10) / 2;
}

}  // namespace

FetchWake::FetchWake(rd_kafka_t* handle)
    : handle_(handle),
      max_messages_(half_of(handle, "queued.min.messages")),
      max_bytes_(half_of(handle, "queued.max.messages.kbytes") * 1024) {}

void FetchWake::note(std::size_t messages, std::size_t bytes) {
    messages_ += messages;
    bytes_ += bytes;
    if (messages_ < max_messages_ && bytes_ < max_bytes_) return;
    messages_ = 0;
    bytes_ = 0;
    wake();
}

void FetchWake::wake() const {
    // Of all calls that wake the threads of brokers, the one that neither blocks nor asks anything
    // of the broker: the credentials stay what they are.
    const std::string user = property(handle_, "sasl.username");
    const std::string password = property(handle_, "sasl.password");
    const Failure ignored(rd_kafka_sasl_set_credentials(handle_, user.c_str(), password.c_str()));
}

}  // namespace gateway::kafka
