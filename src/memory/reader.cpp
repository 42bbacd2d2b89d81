#include "memory/reader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace gateway::memory {

Reader::~Reader() {
    for (const auto& [partition, fetch] : fetches_) {
        std::erase(fetch->source().fetches, fetch.get());
    }
}

void Reader::give(Topic& topic, std::int32_t partition, std::int64_t offset) {
    Partition& source = topic.at(partition);
    auto fetch =
        std::make_unique<Fetch>(Fetch{.reader = *this,
                                      .topic = topic,
                                      .partition = partition,
                                      .cursor = {.offset = std::min(offset, source.log.end())}});
    source.fetches.push_back(fetch.get());
    ready_.push_back(fetch.get());
    fetches_[{*topic.name(), partition}] = std::move(fetch);
}

void Reader::take(const TopicPartition& partition) {
    const auto found = fetches_.find(partition);
    assert(found != fetches_.end());
    Fetch* fetch = found->second.get();
    std::erase(fetch->source().fetches, fetch);
    if (fetch->is_ready) std::erase(ready_, fetch);
    fetches_.erase(found);
}

void Reader::ready(Fetch& fetch) {
    if (!std::exchange(fetch.is_ready, true)) ready_.push_back(&fetch);
}

void Reader::serve() {
    while (is_live_ && credit_ > 0 && !ready_.empty()) {
        auto delivery = next_delivery();
        if (delivery.parts.empty()) return;
        --credit_;
        inbox_->post([delivery = std::move(delivery)](Inbox& inbox) mutable {
            inbox.deliver(std::move(delivery));
        });
    }
}

Delivery Reader::next_delivery() {
    Delivery delivery;
    std::size_t records = 0;
    std::size_t bytes = 0;
    while (!ready_.empty() && records < max_delivery_records && bytes < max_delivery_bytes) {
        Fetch* fetch = ready_.front();
        ready_.pop_front();
        auto slice = fetch->source().log.read(fetch->cursor, max_delivery_records - records);
        fetch->is_ready = slice.count > 0;
        if (!fetch->is_ready) continue;

        // Behind the others: a busy partition does not keep a quiet one waiting.
        ready_.push_back(fetch);
        records += slice.count;
        bytes += slice.segment->capacity();
        delivery.parts.push_back({.topic = fetch->topic.name(),
                                  .partition = fetch->partition,
                                  .slice = std::move(slice)});
    }
    return delivery;
}

}  // namespace gateway::memory
