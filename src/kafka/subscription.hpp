#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
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

    /// The topics to take part in, with the partitions that they have.
    [[nodiscard]] Catalog::Topics chosen_from(const Catalog::Topics& topics) const;

    /// Why it cannot take part in so many.
    [[nodiscard]] std::optional<Error> refusal_of(const Catalog::Topics& chosen,
                                                  std::size_t limit) const;

    /// Those it takes part in: `taken`, which `chosen_from` gave.
    void take(Catalog::Topics taken) { taken_ = std::move(taken); }
    [[nodiscard]] const Catalog::Topics& taken() const { return taken_; }

    /// Whether these are the same topics, though they may have other partitions.
    [[nodiscard]] bool takes(const Catalog::Topics& chosen) const;

    /// Whether each that it takes part in is there. One that is not is not lost yet: a broker may
    /// not have heard of it.
    [[nodiscard]] bool is_whole_in(const Catalog::Topics& topics) const;

    /// What it takes part in and is not there was deleted.
    void note_lost(const Catalog::Topics& topics);
    [[nodiscard]] bool has_lost_a_topic() const { return !lost_.empty(); }

    /// A topic that it names and that is not there.
    [[nodiscard]] std::optional<std::string> missing_in(const Catalog::Topics& topics) const;

    /// It was not there when the member joined, or its topic is another one since, so it starts at
    /// its oldest record.
    [[nodiscard]] bool is_new(const TopicPartition& partition) const;

    /// Where these partitions start, those aside that are new.
    [[nodiscard]] Start start_of(const std::vector<TopicPartition>& partitions) const;

private:
    Consumer::Options options_;
    std::shared_ptr<const Catalog::Topics> known_;
    Catalog::Topics taken_;
    std::set<std::string, std::less<>> lost_;
};

}  // namespace gateway::kafka
