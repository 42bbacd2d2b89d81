#include "amqp/stranger.hpp"

#include <amqp_tcp_socket.h>

#include <stdexcept>

#include "amqp/bytes.hpp"
#include "amqp/error.hpp"

namespace gateway::amqp::testing {

Stranger::Stranger(const Options& options) : state_(amqp_new_connection()) {
    amqp_socket_t* socket = amqp_tcp_socket_new(state_.get());
    const Host& host = options.hosts.front();
    if (amqp_socket_open(socket, host.name.c_str(), host.port) != AMQP_STATUS_OK) {
        throw std::runtime_error("the broker does not answer");
    }
    const auto reply =
        amqp_login(state_.get(), options.vhost.c_str(), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
                   options.user.c_str(), options.password.c_str());
    if (failure_of(reply)) throw std::runtime_error("the broker refuses the stranger");
    amqp_channel_open(state_.get(), 1);
    check();
}

void Stranger::check() const {
    if (const auto failure = failure_of(amqp_get_rpc_reply(state_.get()))) {
        throw std::runtime_error(failure->reason);
    }
}

void Stranger::declare_queue(const std::string& name, const Queue& queue) const {
    amqp_queue_declare(state_.get(), 1, to_bytes(name), 0, queue.durable, queue.exclusive, 0,
                       amqp_empty_table);
    check();
}

void Stranger::declare_exchange(const std::string& name, const std::string& type) const {
    amqp_exchange_declare(state_.get(), 1, to_bytes(name), to_bytes(type), 0, 1, 0, 0,
                          amqp_empty_table);
    check();
}

void Stranger::bind(const std::string& queue, const std::string& exchange,
                    const std::string& key) const {
    amqp_queue_bind(state_.get(), 1, to_bytes(queue), to_bytes(exchange), to_bytes(key),
                    amqp_empty_table);
    check();
}

void Stranger::delete_queue(const std::string& name) const {
    amqp_queue_delete(state_.get(), 1, to_bytes(name), 0, 0);
    check();
}

void Stranger::delete_exchange(const std::string& name) const {
    amqp_exchange_delete(state_.get(), 1, to_bytes(name), 0);
    check();
}

void Stranger::publish(const std::string& exchange, const std::string& body) const {
    amqp_basic_publish(state_.get(), 1, to_bytes(exchange), amqp_empty_bytes, 0, 0, nullptr,
                       to_bytes(body));
}

}  // namespace gateway::amqp::testing
