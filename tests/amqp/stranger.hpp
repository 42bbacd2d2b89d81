#pragma once

#include <amqp.h>

#include <memory>
#include <string>

#include "amqp/options.hpp"

namespace gateway::amqp::testing {

/// Another client of the same broker, over rabbitmq-c alone. Each call blocks, and throws
/// std::runtime_error where the broker refuses it.
class Stranger {
public:
    struct Queue {
        bool durable = true;
        bool exclusive = false;
    };

    explicit Stranger(const Options& options);

    void declare_queue(const std::string& name, const Queue& queue) const;
    void declare_exchange(const std::string& name, const std::string& type) const;
    void bind(const std::string& queue, const std::string& exchange, const std::string& key) const;
    void delete_queue(const std::string& name) const;
    void delete_exchange(const std::string& name) const;
    void publish(const std::string& exchange, const std::string& body) const;

private:
    struct Destroy {
        void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
    };

    void check() const;

    std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
};

}  // namespace gateway::amqp::testing
