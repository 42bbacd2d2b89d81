#include "memory/readers.hpp"

#include <utility>

#include "memory/locate.hpp"

namespace gateway::memory {

void Readers::open(Id id, std::function<void(Delivery)> send) {
    readers_.try_emplace(
        id, Reader::Options{.send = std::move(send), .tells_ends = true, .is_live = true});
}

std::vector<Readers::Refusal> Readers::add(Id id, std::span<const Place> places) {
    std::vector<Refusal> refusals;
    Reader* reader = find(id);
    if (!reader) return refusals;
    for (const auto& place : places) {
        if (auto error = give(*reader, place)) refusals.push_back({place, std::move(*error)});
    }
    reader->serve();
    return refusals;
}

void Readers::drop(Id id, std::span<const TopicPartition> partitions) {
    Reader* reader = find(id);
    if (!reader) return;
    for (const auto& each : partitions) reader->take(each);
}

void Readers::credit(Id id) {
    Reader* reader = find(id);
    if (!reader) return;
    reader->credit();
    reader->serve();
}

Reader* Readers::find(Id id) {
    const auto found = readers_.find(id);
    return found == readers_.end() ? nullptr : &found->second;
}

std::optional<Error> Readers::give(Reader& reader, const Place& place) {
    const TopicPartition partition{place.from.topic, place.from.partition};
    reader.take(partition);
    Topic* topic = store_.find(partition.topic);
    if (!topic) return Errc::topic_not_found;
    if (partition.partition < 0 || partition.partition >= topic->size()) {
        return Errc::partition_not_found;
    }
    const Log& log = topic->at(partition.partition).log;
    if (place.from.offset > log.end()) return out_of_range(partition, place.from.offset, log);
    reader.give(*topic, partition.partition, place.from.offset, place.turn);
    return std::nullopt;
}

}  // namespace gateway::memory
