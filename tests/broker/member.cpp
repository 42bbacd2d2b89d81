#include "broker/member.hpp"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

namespace gateway::contract {

namespace {

std::optional<std::string> owned(std::optional<std::string_view> text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

Received owned(const Record& record) {
    Received received{.from = {std::string(record.topic), record.partition},
                      .offset = record.offset,
                      .timestamp = record.timestamp,
                      .key = owned(record.key),
                      .value = owned(record.value),
                      .headers = {}};
    for (const auto& header : record.headers) {
        received.headers.emplace_back(header.name, owned(header.value));
    }
    return received;
}

}  // namespace

Member::Member(Stage& stage, std::vector<std::string> topics, std::string group) : stage_(stage) {
    auto opened = stage.broker().open_consumer(
        stage.io().get_executor(),
        {.topics = std::move(topics), .group = std::move(group), .headers = true}, *this);
    inside_ = false;
    REQUIRE(opened.has_value());
    consumer_ = std::move(*opened);
}

void Member::resume() {
    paused_ = false;
    inside_ = true;
    consumer_->resume();
    inside_ = false;
}

void Member::commit(std::vector<Position> next) { consumer_->commit(next); }

void Member::join() {
    REQUIRE(stage_.run_until([&] { return live_ || failure_; }));
    REQUIRE(live_);
}

void Member::close() {
    bool done = false;
    ended_ = true;
    inside_ = true;
    consumer_->close([&] {
        CHECK_FALSE(inside_);
        CHECK(stage_.io().get_executor().running_in_this_thread());
        done = true;
    });
    inside_ = false;
    REQUIRE(stage_.run_until([&] { return done; }));
}

void Member::end() {
    ended_ = true;
    consumer_.reset();
}

std::vector<std::int64_t> Member::offsets(const TopicPartition& partition) const {
    std::vector<std::int64_t> found;
    for (const auto& record : taken_) {
        if (record.from == partition) found.push_back(record.offset);
    }
    return found;
}

std::set<TopicPartition> Member::sources() const {
    std::set<TopicPartition> found;
    for (const auto& record : taken_) found.insert(record.from);
    return found;
}

void Member::live() {
    check_event();
    CHECK_FALSE(live_);
    live_ = true;
}

std::size_t Member::records(std::span<const Record> records) {
    check_event();
    CHECK(live_);
    CHECK_FALSE(paused_);
    CHECK_FALSE(records.empty());
    ++calls_;

    const std::size_t count = std::min(records.size(), allowance_);
    if (allowance_ != unlimited) allowance_ -= count;
    paused_ = count < records.size();
    for (const auto& record : records.first(count)) {
        taken_.push_back(owned(record));
        if (commits_) {
            const Position next{std::string(record.topic), record.partition, record.offset + 1};
            consumer_->commit({&next, 1});
        }
    }
    return count;
}

void Member::revoked(std::span<const TopicPartition> partitions) {
    check_event();
    CHECK_FALSE(partitions.empty());
    revoked_.insert(partitions.begin(), partitions.end());
    if (revoked_hook_) revoked_hook_(partitions);
}

void Member::failed(const Error& error) {
    check_event();
    failure_ = error;
}

void Member::check_event() const {
    CHECK_FALSE(inside_);
    CHECK_FALSE(ended_);
    CHECK_FALSE(failure_.has_value());
    CHECK(stage_.io().get_executor().running_in_this_thread());
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(last - first));
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

}  // namespace gateway::contract
