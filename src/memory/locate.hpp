#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "broker/start.hpp"
#include "memory/store.hpp"

namespace gateway::memory {

/// A Start, as a look-up of where reading begins in each of some topics' partitions.
class StartOffsets {
public:
    /// `start` must outlive it.
    explicit StartOffsets(const Start& start);

    /// partition_not_found if a cursor names a partition that none of these topics has.
    [[nodiscard]] std::optional<Error> check(std::span<Topic* const> topics) const;

    /// From the log's begin to its end. Fails with offset_out_of_range.
    [[nodiscard]] Result<std::int64_t> find(const TopicPartition& partition, const Log& log) const;

private:
    const Start& start_;
    std::map<TopicPartition, std::int64_t> cursor_;
};

/// That a log does not hold an offset, and what it does hold.
[[nodiscard]] Error out_of_range(const TopicPartition& partition, std::int64_t offset,
                                 const Log& log);

/// What `Broker::locate` answers, after dropping what is too old.
[[nodiscard]] Result<std::vector<Located>> locate(Store& store,
                                                  const std::vector<std::string>& topics,
                                                  const Start& start, Timestamp now);

}  // namespace gateway::memory
