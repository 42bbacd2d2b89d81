#include "amqp/node.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "amqp/server.hpp"

namespace gateway::amqp::testing {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
    return value;
}

}  // namespace

Node::Node() : state_(variable("RABBITMQ_STATE")), script_(variable("RABBITMQ_SCRIPT")) {}

void Node::run(const std::string& verb, const std::string& rest) const {
    const std::string command =
        script_ + ' ' + verb + ' ' + state_ + ' ' + rest + " >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

Options Node::options() const {
    Options options = reach_server();
    options.min_backoff = std::chrono::milliseconds(20);
    options.max_backoff = std::chrono::milliseconds(200);
    options.heartbeat = std::chrono::seconds(1);
    return options;
}

Options Node::tls_options() const {
    Options options = this->options();
    std::ifstream ports(state_ + "/ports");
    std::uint16_t port = 0;
    for (int i = 0; i < 4; ++i) ports >> port;
    // rabbitmq-c compares names, and no addresses.
    options.hosts = {{.name = "localhost", .port = port}};
    options.tls.enabled = true;
    options.tls.ca = state_ + "/tls/ca.pem";
    return options;
}

std::uint16_t closed_port() {
    asio::io_context io;
    const asio::ip::tcp::acceptor acceptor(
        io, asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    return acceptor.local_endpoint().port();
}

}  // namespace gateway::amqp::testing
