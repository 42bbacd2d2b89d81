#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "filter/regex.hpp"
#include "gateway/brokers.hpp"

namespace gateway {

/// The topics that a subscription asks for, all of one broker.
class TopicChoice {
public:
    /// Adds a topic as a client writes it, or a pattern, which begins with "^" behind the broker's
    /// name; what is there already, however it is written, is passed over. Fails with what
    /// Brokers::find says, with invalid_topic for a pattern that is none or can match nothing, and
    /// with not_supported for a second broker.
    [[nodiscard]] std::optional<Error> add(const Brokers& brokers, std::string_view text);

    /// Takes a topic out, written as it was added, if that was several times, in any way.
    void remove(std::string_view text);

    [[nodiscard]] bool has(std::string_view text) const;

    /// Whether the topic that the broker calls so is one of them, or matches a pattern.
    [[nodiscard]] bool covers(std::string_view topic) const;

    [[nodiscard]] bool is_empty() const { return entries_.empty(); }

    /// As the client wrote them first.
    [[nodiscard]] std::vector<std::string> names() const;

    /// As the broker calls them, without the patterns.
    [[nodiscard]] std::vector<std::string> topics() const;

    /// Whether a topic matches a pattern; empty where there is none. Any thread may ask.
    [[nodiscard]] std::function<bool(std::string_view)> follows() const;

    /// There must be a topic.
    [[nodiscard]] Broker& broker() const { return *broker_; }

private:
    /// What a client wrote.
    struct Entry {
        std::string name;
        std::shared_ptr<const Regex> pattern;  ///< Null for a topic.
        std::uint32_t topic_at = 0;            ///< In the name, behind the broker's.
        bool is_again = false;                 ///< The topic is there already, by another name.

        /// Or the pattern's text.
        [[nodiscard]] std::string_view topic() const {
            return std::string_view(name).substr(topic_at);
        }
    };

    Broker* broker_ = nullptr;
    OwnTopics own_;  ///< Those there, which no pattern matches.
    std::vector<Entry> entries_;
};

}  // namespace gateway
