#include "kafka/log.hpp"

#include <chrono>
#include <string_view>

#include <spdlog/spdlog.h>

#include "base/log.hpp"

namespace gateway::kafka {

namespace {

// syslog's numbers, which librdkafka uses. A property that only some handles use is no news: the
// common ones are set on all.
spdlog::level::level_enum to_level(int level, std::string_view facility) {
    if (level >= 6 || facility == "CONFWARN") return spdlog::level::debug;
    if (level == 5) return spdlog::level::info;
    return level == 4 ? spdlog::level::warn : spdlog::level::err;
}

}  // namespace

void Log::attach(rd_kafka_conf_t* conf) {
    find_logger();
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_log_cb(conf, &Log::write);
}

bool Log::has_room() {
    using std::chrono::duration_cast, std::chrono::seconds, std::chrono::steady_clock;
    const auto now = duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
    if (second_.exchange(now) != now) lines_ = 0;
    return ++lines_ <= lines_per_second;
}

void Log::write(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    auto& log = *static_cast<Log*>(rd_kafka_opaque(handle));
    const auto to = to_level(level, facility);
    if (!spdlog::should_log(to)) return;
    if (!log.has_room()) {
        ++log.left_out_;
        return;
    }
    if (const auto count = log.left_out_.exchange(0); count > 0) {
        spdlog::log(to, "kafka: {} lines of librdkafka's log left out", count);
    }
    spdlog::log(to, "kafka: {} {}", facility, text);
}

}  // namespace gateway::kafka
