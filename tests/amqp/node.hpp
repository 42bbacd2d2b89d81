#pragma once

#include <string>

#include "amqp/options.hpp"

namespace gateway::amqp::testing {

/// The RabbitMQ of RABBITMQ_URL, whose state RABBITMQ_STATE names: as scripts/rabbitmq gave both,
/// started with --tls. It may be killed and filled; whoever does so leaves it running and well.
class Node {
public:
    Node();

    [[nodiscard]] Options options() const;
    [[nodiscard]] Options tls_options() const;

    void kill() const { run("kill"); }
    void start() const { run("run"); }
    void restart() const { run("restart"); }
    void set_alarm() const { run("alarm", "on"); }
    void clear_alarm() const { run("alarm", "off"); }

    /// rabbitmqctl, which must succeed.
    void control(const std::string& arguments) const { run("ctl", "-q " + arguments); }

    [[nodiscard]] const std::string& state() const { return state_; }

private:
    void run(const std::string& verb, const std::string& rest = {}) const;

    std::string state_;
    std::string script_;
};

/// A port that nobody listens on.
[[nodiscard]] std::uint16_t closed_port();

}  // namespace gateway::amqp::testing
