#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "broker/consumer.hpp"
#include "kafka/catalog.hpp"

namespace gateway::kafka {

/// What a member of a group asked for, held against the topics that there are.
class Subscription {
public:
    explicit Subscription(Consumer::Options options) : options_(std::move(options)) {}

    [[nodiscard]] const std::vector<std::string>& named() const { return options_.topics; }

    /// The topics as they are when the member joins: what comes later is new. The error says that
    /// its Cursor names a partition that is not in them.
    [[nodiscard]] std::optional<Error> begin(std::shared_ptr<const Catalog::Topics> topics);

    /// The topics to take part in, ordered.
    [[nodiscard]] std::vector<std::string> chosen_from(const Catalog::Topics& topics) const;

    /// Why it cannot take part in so many.
    [[nodiscard]] std::optional<Error> refusal_of(const std::vector<std::string>& chosen,
                                                  std::size_t limit) const;

    /// Those it takes part in: `taken`, which `chosen_from` gave.
    void take(std::vector<std::string> taken) { taken_ = std::move(taken); }
    [[nodiscard]] const std::vector<std::string>& taken() const { return taken_; }

    /// Whether each that it takes part in is there. One that is not is not lost yet: a broker may
    /// not have heard of it.
    [[nodiscard]] bool is_whole_in(const Catalog::Topics& topics) const;

    /// What it takes part in and is not there was deleted.
    void note_lost(const Catalog::Topics& topics) { has_lost_a_topic_ |= !is_whole_in(topics); }
    [[nodiscard]] bool has_lost_a_topic() const { return has_lost_a_topic_; }

    /// A topic that it names and that is not there.
    [[nodiscard]] std::optional<std::string> missing_in(const Catalog::Topics& topics) const;

    /// It was not there when the member joined, so it starts at its oldest record.
    [[nodiscard]] bool is_new(const TopicPartition& partition) const;

    /// Where these partitions start, those aside that are new.
    [[nodiscard]] Start start_of(const std::vector<TopicPartition>& partitions) const;

private:
    Consumer::Options options_;
    std::shared_ptr<const Catalog::Topics> known_;
    std::vector<std::string> taken_;
    bool has_lost_a_topic_ = false;
};

}  // namespace gateway::kafka
