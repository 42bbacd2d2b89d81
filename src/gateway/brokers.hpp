#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "broker/broker.hpp"

namespace gateway {

/// A topic as a client names it, and the broker that has it.
struct Address {
    Broker* broker = nullptr;
    std::string_view topic;
};

/// The configured brokers; the first is the default. Built before any session and unchanged after,
/// so that all threads may look into it.
class Brokers {
public:
    /// At least one, each with a name of its own.
    explicit Brokers(std::vector<std::unique_ptr<Broker>> brokers);

    /// Reads "topic" or "name:topic", whatever the topic is. Fails with broker_not_found.
    [[nodiscard]] Result<Address> split(std::string_view text) const;

    /// The same for the name of a topic; fails with invalid_topic, too.
    [[nodiscard]] Result<Address> find(std::string_view text) const;

    /// The broker of that name, or null.
    [[nodiscard]] Broker* named(std::string_view name) const;

    [[nodiscard]] Broker& standard() const { return *brokers_.front(); }
    [[nodiscard]] const std::vector<std::unique_ptr<Broker>>& all() const { return brokers_; }

private:
    std::vector<std::unique_ptr<Broker>> brokers_;
};

}  // namespace gateway
