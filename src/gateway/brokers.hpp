#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "broker/broker.hpp"

namespace gateway {

/// A topic as a client names it, and the broker that has it.
struct Address {
    Broker* broker = nullptr;
    std::string_view topic;
};

/// Topics by which servers speak to each other: clients neither see nor reach them.
struct OwnTopics {
    std::string prefix{};  ///< Of their names; empty: there are none.

    [[nodiscard]] bool has(std::string_view topic) const {
        return !prefix.empty() && topic.starts_with(prefix);
    }
};

/// The configured brokers; the first is the default. Built before any session and unchanged after,
/// so that all threads may look into it.
class Brokers {
public:
    /// At least one, each with a name of its own.
    explicit Brokers(std::vector<std::unique_ptr<Broker>> brokers);

    void set_own(const Broker& broker, OwnTopics topics) {
        own_broker_ = &broker;
        own_ = std::move(topics);
    }

    /// Reads "topic" or "name:topic", whatever the topic is. Fails with broker_not_found.
    [[nodiscard]] Result<Address> split(std::string_view text) const;

    /// The same for the name of a topic; fails with invalid_topic, too, and with not_authorized for
    /// the servers' own.
    [[nodiscard]] Result<Address> find(std::string_view text) const;

    /// The servers' own topics of this broker.
    [[nodiscard]] const OwnTopics& own(const Broker& broker) const {
        static const OwnTopics none;
        return own_broker_ == &broker ? own_ : none;
    }

    /// The broker of that name, or null.
    [[nodiscard]] Broker* named(std::string_view name) const;

    [[nodiscard]] Broker& standard() const { return *brokers_.front(); }
    [[nodiscard]] const std::vector<std::unique_ptr<Broker>>& all() const { return brokers_; }

private:
    std::vector<std::unique_ptr<Broker>> brokers_;
    const Broker* own_broker_ = nullptr;
    OwnTopics own_;
};

}  // namespace gateway
