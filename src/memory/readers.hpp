#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "memory/reader.hpp"
#include "memory/store.hpp"

namespace gateway::memory {

/// The readers that belong to no group, by number. Touched by the broker thread alone. A call for
/// one that is closed does nothing.
class Readers {
public:
    using Id = std::uint64_t;

    struct Place {
        Position from;
        std::uint64_t turn = 0;  ///< Comes with what is read from there.
    };
    struct Refusal {
        Place place;
        Error error;
    };

    /// `store` must outlive it.
    explicit Readers(Store& store) : store_(store) {}

    void open(Id id, std::function<void(Delivery)> send);
    void close(Id id) { readers_.erase(id); }

    /// Reads from these places, and returns those where it cannot: topic_not_found,
    /// partition_not_found or offset_out_of_range.
    [[nodiscard]] std::vector<Refusal> add(Id id, std::span<const Place> places);

    void drop(Id id, std::span<const TopicPartition> partitions);

    /// The reader took a delivery.
    void credit(Id id);

private:
    [[nodiscard]] Reader* find(Id id);
    std::optional<Error> give(Reader& reader, const Place& place);

    Store& store_;
    std::unordered_map<Id, Reader> readers_;
};

}  // namespace gateway::memory
