#include "amqp/server.hpp"

#include <amqp.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace gateway::amqp::testing {

Options reach_server() {
    const char* url = std::getenv("RABBITMQ_URL");
    if (url == nullptr) throw std::runtime_error("RABBITMQ_URL=amqp://… is not set");
    std::string text = url;  // Taken apart in place.
    amqp_connection_info parts{};
    if (amqp_parse_url(text.data(), &parts) != AMQP_STATUS_OK) {
        throw std::runtime_error("RABBITMQ_URL is no such URL");
    }
    Options options;
    options.name = "rabbit";
    options.user = parts.user;
    options.password = parts.password;
    options.hosts = {{.name = parts.host, .port = static_cast<std::uint16_t>(parts.port)}};
    return options;
}

}  // namespace gateway::amqp::testing
