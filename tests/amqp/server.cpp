#include "amqp/server.hpp"

#include <cstdlib>
#include <regex>
#include <stdexcept>
#include <string>

namespace gateway::amqp::testing {

Options reach_server() {
    const char* url = std::getenv("RABBITMQ_URL");
    if (url == nullptr) throw std::runtime_error("RABBITMQ_URL=amqp://… is not set");
    static const std::regex form("amqp://([^:]+):([^@]+)@([^:]+):([0-9]+)/?");
    std::cmatch parts;
    if (!std::regex_match(url, parts, form))
        throw std::runtime_error("RABBITMQ_URL is no such URL");
    Options options;
    options.name = "rabbit";
    options.user = parts[1];
    options.password = parts[2];
    options.hosts = {{.name = parts[3], .port = static_cast<std::uint16_t>(std::stoi(parts[4]))}};
    return options;
}

}  // namespace gateway::amqp::testing
