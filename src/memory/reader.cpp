#include "memory/reader.hpp"

#include <algorithm>
#include <utility>

namespace gateway::memory {

Reader::~Reader() {
    for (const auto& [partition, fetch] : fetches_) {
        std::erase(fetch->source().fetches, fetch.get());
    }
}

void Reader::give(Topic& topic, std::int32_t partition, std::int64_t offset, std::uint64_t turn) {
    take({*topic.name(), partition});
    Partition& source = topic.at(partition);
    auto fetch =
        std::make_unique<Fetch>(Fetch{.reader = *this,
                                      .topic = topic,
                                      .partition = partition,
                                      .turn = turn,
                                      .cursor = {.offset = std::min(offset, source.log.end())}});
    source.fetches.push_back(fetch.get());
    ready_.push_back(fetch.get());
    fetches_[{*topic.name(), partition}] = std::move(fetch);
}

void Reader::take(const TopicPartition& partition) {
    const auto found = fetches_.find(partition);
    if (found == fetches_.end()) return;
    Fetch* fetch = found->second.get();
    std::erase(fetch->source().fetches, fetch);
    if (fetch->is_ready) std::erase(ready_, fetch);
    fetches_.erase(found);
}

void Reader::ready(Fetch& fetch) {
    if (!std::exchange(fetch.is_ready, true)) ready_.push_back(&fetch);
}

void Reader::serve() {
    while (options_.is_live && credit_ > 0 && !ready_.empty()) {
        auto delivery = next_delivery();
        if (delivery.parts.empty()) return;
        --credit_;
        options_.send(std::move(delivery));
    }
}

Delivery Reader::next_delivery() {
    Delivery delivery;
    std::size_t records = 0;
    std::size_t bytes = 0;
    while (!ready_.empty() && records < max_delivery_records && bytes < max_delivery_bytes) {
        Fetch* fetch = ready_.front();
        ready_.pop_front();
        auto part = read(*fetch, max_delivery_records - records);
        fetch->is_ready = part.slice.count > 0;
        if (fetch->is_ready) {
            // Behind the others: a busy partition does not keep a quiet one waiting.
            ready_.push_back(fetch);
            records += part.slice.count;
            bytes += part.slice.segment->capacity();
        }
        if (fetch->is_ready || part.lost || part.end) delivery.parts.push_back(std::move(part));
    }
    return delivery;
}

Delivery::Part Reader::read(Fetch& fetch, std::size_t max_records) const {
    const Log& log = fetch.source().log;
    Delivery::Part part{
        .topic = fetch.topic.name(), .partition = fetch.partition, .turn = fetch.turn};
    if (fetch.cursor.offset < log.begin()) {
        part.lost = Lost{.topic = *part.topic,
                         .partition = part.partition,
                         .wanted = fetch.cursor.offset,
                         .next = log.begin(),
                         .earliest = log.begin(),
                         .latest = log.end()};
    }
    part.slice = log.read(fetch.cursor, max_records);
    if (part.slice.count > 0) fetch.is_at_end = false;
    const bool is_at_end = options_.tells_ends && fetch.cursor.offset == log.end();
    if (is_at_end && !std::exchange(fetch.is_at_end, true)) part.end = log.end();
    return part;
}

void wake(std::span<Partition* const> partitions) {
    for (auto* partition : partitions) {
        for (auto* fetch : partition->fetches) fetch->reader.ready(*fetch);
    }
    // Only now, so that a reader of several gets one delivery.
    for (auto* partition : partitions) {
        for (auto* fetch : partition->fetches) fetch->reader.serve();
    }
}

}  // namespace gateway::memory
