#include "broker/reader.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace gateway::contract {

Reader::Reader(Stage& stage) : stage_(stage) {
    auto opened = stage.broker().open_reader(stage.io().get_executor(), *this);
    inside_ = false;
    REQUIRE(opened.has_value());
    reader_ = std::move(*opened);
}

void Reader::add(std::vector<Position> positions) {
    for (const auto& each : positions) next_[{each.topic, each.partition}] = each.offset;
    inside_ = true;
    reader_->add(positions);
    inside_ = false;
}

void Reader::drop(std::vector<TopicPartition> partitions) {
    for (const auto& each : partitions) next_.erase(each);
    inside_ = true;
    reader_->drop(partitions);
    inside_ = false;
}

void Reader::resume() {
    paused_ = false;
    inside_ = true;
    reader_->resume();
    inside_ = false;
}

void Reader::wait_for(std::size_t records) {
    REQUIRE(stage_.run_until([&] { return taken_.size() >= records; }));
    REQUIRE(taken_.size() == records);
}

void Reader::end() {
    ended_ = true;
    reader_.reset();
}

bool Reader::is_at_end(const Position& position) const {
    const auto last = std::find_if(ends_.rbegin(), ends_.rend(), [&](const auto& each) {
        return each.topic == position.topic && each.partition == position.partition;
    });
    return last != ends_.rend() && *last == position;
}

std::size_t Reader::records(std::span<const Record> records) {
    check_event();
    CHECK_FALSE(paused_);
    CHECK_FALSE(records.empty());
    ++calls_;

    const std::size_t count = std::min(records.size(), allowance_);
    if (allowance_ != unlimited) allowance_ -= count;
    paused_ = count < records.size();
    for (const auto& record : records.first(count)) {
        const auto next = next_.find({std::string(record.topic), record.partition});
        REQUIRE(next != next_.end());
        CHECK(record.offset >= next->second);
        next->second = record.offset + 1;
        taken_.push_back(received(record));
    }
    if (records_hook_) records_hook_();
    return count;
}

void Reader::reached_end(const Position& position) {
    check_event();
    const auto next = next_.find({position.topic, position.partition});
    REQUIRE(next != next_.end());
    CHECK(position.offset >= next->second);
    ends_.push_back(position);
}

void Reader::lost(const Lost& lost) {
    check_event();
    const auto next = next_.find({lost.topic, lost.partition});
    REQUIRE(next != next_.end());
    CHECK(lost.wanted == next->second);
    CHECK(lost.wanted < lost.next);
    CHECK(lost.earliest <= lost.next);
    CHECK(lost.next <= lost.latest);
    next->second = lost.next;
    losses_.push_back(lost);
}

void Reader::ended(const TopicPartition& partition, const Error& error) {
    check_event();
    CHECK(next_.erase(partition) == 1);
    ended_partitions_.push_back({partition, error});
}

void Reader::check_event() const {
    CHECK_FALSE(inside_);
    CHECK_FALSE(ended_);
    CHECK(stage_.io().get_executor().running_in_this_thread());
}

}  // namespace gateway::contract
