#include "memory/tray.hpp"

#include <algorithm>
#include <cassert>

#include "memory/entry.hpp"

namespace gateway::memory {

namespace {

bool is_from(const Delivery::Part& part, const TopicPartition& partition) {
    return part.partition == partition.partition && *part.topic == partition.topic;
}

}  // namespace

void Tray::drop(const TopicPartition& partition) {
    for (auto& delivery : waiting_) {
        std::erase_if(delivery.parts, [&](const auto& part) { return is_from(part, partition); });
    }
    if (!open_) return;

    // Its slice stays: the owner may be looking at its records just now.
    std::vector<bool> is_dropped;
    for (auto& part : open_->parts) {
        is_dropped.push_back(is_from(part, partition));
        if (!is_dropped.back()) continue;
        part.lost.reset();
        part.end.reset();
        has_dropped_ = true;
    }
    for (auto& part : part_of_) {
        if (part != dropped && is_dropped[part]) part = dropped;
    }
}

void Tray::end() {
    is_ended_ = true;
    waiting_.clear();
}

void Tray::go_on(Events& events) {
    while (!is_ended_ && !is_paused_) {
        if (!open_) {
            if (waiting_.empty()) return;
            unpack();
        }
        step(events);
    }
}

void Tray::step(Events& events) {
    if (next_lost_ < open_->parts.size()) {
        const auto lost = std::exchange(open_->parts[next_lost_++].lost, std::nullopt);
        if (lost) events.lost(*lost);
    } else if (next_record_ < records_.size()) {
        offer(events);
    } else if (next_end_ < open_->parts.size()) {
        const auto& part = open_->parts[next_end_++];
        if (part.end) events.reached_end({*part.topic, part.partition, *part.end});
    } else {
        open_.reset();
        events.taken();
    }
}

void Tray::offer(Events& events) {
    if (std::exchange(has_dropped_, false)) {
        std::size_t kept = next_record_;
        for (std::size_t i = next_record_; i < records_.size(); ++i) {
            if (part_of_[i] == dropped) continue;
            records_[kept] = records_[i];
            part_of_[kept++] = part_of_[i];
        }
        records_.resize(kept);
        part_of_.resize(kept);
        if (next_record_ == kept) return;
    }
    const auto rest = std::span(records_).subspan(next_record_);
    const std::size_t taken = events.records(rest);
    assert(taken <= rest.size());
    next_record_ += taken;
    is_paused_ = taken < rest.size();
}

void Tray::unpack() {
    open_ = std::move(waiting_.front());
    waiting_.pop_front();
    next_lost_ = next_record_ = next_end_ = 0;
    has_dropped_ = false;
    records_.clear();
    part_of_.clear();
    headers_.clear();

    std::vector<std::size_t> header_ends;
    for (std::size_t i = 0; i < open_->parts.size(); ++i) {
        const auto& part = open_->parts[i];
        for (std::size_t at = part.slice.begin; at < part.slice.end;) {
            const char* entry = part.slice.segment->at(at);
            const auto head = read_head(entry);
            auto& record = records_.emplace_back();
            part_of_.push_back(static_cast<std::uint32_t>(i));
            record.topic = *part.topic;
            record.partition = part.partition;
            read_entry(entry, head, record, with_headers_ ? &headers_ : nullptr);
            if (with_headers_) header_ends.push_back(headers_.size());
            at += head.size;
        }
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i < header_ends.size(); ++i) {
        records_[i].headers = std::span(headers_).subspan(begin, header_ends[i] - begin);
        begin = header_ends[i];
    }
}

}  // namespace gateway::memory
