#include "broker/member.hpp"

#include <algorithm>
#include <tuple>

#include <doctest/doctest.h>

namespace gateway::contract {

Member::Member(Stage& stage, std::vector<std::string> topics, std::string group)
    : Member(stage, {.topics = std::move(topics), .group = std::move(group)}) {}

Member::Member(Stage& stage, Consumer::Options options) : stage_(stage) {
    options.headers = true;
    auto opened =
        stage.broker().open_consumer(stage.io().get_executor(), std::move(options), *this);
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

void Member::wait_for(std::size_t records) {
    REQUIRE(stage_.run_until([&] { return taken_.size() >= records; }));
    REQUIRE(taken_.size() == records);
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

std::set<TopicPartition> Member::sources() const {
    std::set<TopicPartition> found;
    for (const auto& record : taken_) found.insert(record.from);
    return found;
}

void Member::live(std::span<const Position> starts) {
    check_event();
    CHECK_FALSE(live_);
    live_ = true;
    starts_.assign(starts.begin(), starts.end());
    CHECK(std::ranges::is_sorted(
        starts_, {}, [](const auto& each) { return std::tie(each.topic, each.partition); }));
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
        taken_.push_back(received(record));
        if (commits_) {
            const Position next{std::string(record.topic), record.partition, record.offset + 1};
            consumer_->commit({&next, 1});
        }
    }
    return count;
}

void Member::lost(const Lost& lost) {
    check_event();
    CHECK(live_);
    CHECK((lost.wanted < lost.earliest || lost.wanted > lost.latest));
    CHECK(lost.earliest <= lost.next);
    CHECK(lost.next <= lost.latest);
    losses_.push_back(lost);
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

}  // namespace gateway::contract
