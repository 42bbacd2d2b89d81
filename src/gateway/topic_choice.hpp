#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "gateway/brokers.hpp"

namespace gateway {

/// The topics that a subscription asks for, all of one broker.
class TopicChoice {
public:
    /// Adds a topic as a client writes it; one that is there already is passed over. Fails with
    /// what Brokers::find says, and with not_supported for a second broker.
    [[nodiscard]] std::optional<Error> add(const Brokers& brokers, std::string_view text);

    /// Takes a topic out, written as it was added.
    void remove(std::string_view text);

    [[nodiscard]] bool has(std::string_view text) const;

    /// Whether the topic that the broker calls so is one of them.
    [[nodiscard]] bool covers(std::string_view topic) const;

    [[nodiscard]] bool is_empty() const { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// As the client wrote them.
    [[nodiscard]] std::vector<std::string> names() const;

    /// As the broker calls them.
    [[nodiscard]] std::vector<std::string> topics() const;

    /// There must be a topic.
    [[nodiscard]] Broker& broker() const { return *broker_; }

private:
    struct Entry {
        std::string name;
        std::string topic;
    };

    Broker* broker_ = nullptr;
    std::vector<Entry> entries_;
};

}  // namespace gateway
