#include "fanout/stage.hpp"

#include <algorithm>

#include <asio/steady_timer.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "filter/filter.hpp"

namespace gateway::fanout {

namespace {

/// The values in a frame: every string that stands as "p".
std::vector<std::string> values_in(std::string_view text) {
    constexpr std::string_view mark = R"("p":")";
    std::vector<std::string> values;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        at += mark.size();
        values.emplace_back(text.substr(at, text.find('"', at) - at));
    }
    return values;
}

}  // namespace

std::vector<std::string> values(std::int64_t from, std::int64_t to) {
    std::vector<std::string> all;
    for (; from < to; ++from) all.push_back(fmt::format("t/0/{}", from));
    return all;
}

Listener::Listener(Fanout& fanout, Broker& broker, Broadcasts::Options options)
    : view_(options.view) {
    auto opened = fanout.open(broker, std::move(options), *this);
    REQUIRE(opened.has_value());
    broadcast_ = std::move(*opened);
}

std::vector<std::string> Listener::all() const { return all_; }

void Listener::change(std::optional<View> view) {
    view_ = view;
    broadcast_->change(std::move(view));
}

void Listener::live(std::span<const Position> starts) {
    CHECK_FALSE(starts_.has_value());
    CHECK_FALSE(error_.has_value());
    starts_.emplace(starts.begin(), starts.end());
}

std::size_t Listener::records(std::span<const Record> records) {
    CHECK(is_live());
    CHECK_FALSE(error_.has_value());
    const std::size_t taken = std::min(appetite(records.size()), records.size());
    for (const Record& record : records.first(taken)) {
        if (!sees(record)) continue;
        keep(std::string(record.topic), record.partition, std::string(record.value.value_or("-")));
    }
    return taken;
}

bool Listener::frame(const std::shared_ptr<const SharedFrame>& frame,
                     std::span<const Range> ranges) {
    CHECK(is_live());
    CHECK_FALSE(error_.has_value());
    CHECK_FALSE(ranges.empty());
    if (appetite(1) == 0) return false;
    ++frames_;
    for (std::string& value : values_in(frame->text())) {
        const auto slash = value.find('/');
        const std::string topic = value.substr(0, slash);
        const std::int32_t partition = std::stoi(value.substr(slash + 1));
        keep(topic, partition, std::move(value));
    }
    return true;
}

void Listener::snapshot_ended() {
    CHECK(is_live());
    CHECK_FALSE(error_.has_value());
    CHECK_FALSE(snapshot_.has_value());
    snapshot_ = all_.size();
}

void Listener::lost(const Lost& lost) {
    CHECK(is_live());
    CHECK_FALSE(error_.has_value());
    losses_.push_back(lost);
}

void Listener::failed(const Error& error) {
    CHECK_FALSE(error_.has_value());
    error_ = error;
}

bool Listener::sees(const Record& record) const {
    if (!view_) return true;
    if (view_->keys &&
        (!record.key || std::ranges::find(*view_->keys, *record.key) == view_->keys->end())) {
        return false;
    }
    if (!view_->filter) return true;
    Candidate candidate;
    candidate.set({.value = record.value,
                   .key = record.key,
                   .headers = record.headers,
                   .partition = record.partition});
    return view_->filter->matches(candidate);
}

void Listener::keep(const std::string& topic, std::int32_t partition, std::string value) {
    all_.push_back(value);
    got_[{topic, partition}].push_back(std::move(value));
}

fanout::Options Stage::quick() {
    fanout::Options options;
    options.linger = std::chrono::milliseconds(0);
    options.look_interval = std::chrono::hours(1);
    return options;
}

Stage::Stage(fanout::Options options) : options_(options) {
    trunks_.push_back(std::make_unique<Trunk>(
        io_.get_executor(), broker, options_,
        [](std::string text) { return std::make_shared<ReadableFrame>(std::move(text)); },
        counters_));
    constexpr std::size_t shards = 2;
    while (shards_.size() < shards) {
        shards_.push_back(std::make_unique<Fanout>(io_.get_executor(), trunks_, options_, shards));
    }
}

Stage::~Stage() {
    settle();
    trunks_.front()->stop();
    settle();
    CHECK(broker.readers() == 0);
}

std::unique_ptr<Listener> Stage::listen(Broadcasts::Options options, std::size_t shard) {
    return std::make_unique<Listener>(*shards_.at(shard), broker, std::move(options));
}

void Stage::settle() {
    io_.restart();
    for (int i = 0; i < 100 && io_.poll() > 0; ++i) io_.restart();
}

void Stage::run() {
    bool did = true;
    while (did) {
        settle();
        did = false;
        for (std::size_t i = 0; i < broker.readers(); ++i) did |= broker.step(i, 100);
    }
}

void Stage::run_past(std::chrono::milliseconds pause) {
    asio::steady_timer timer(io_, pause);
    bool has_expired = false;
    timer.async_wait([&](const asio::error_code&) { has_expired = true; });
    while (!has_expired) run();
    run();
}

void Stage::run_interleaved() {
    bool did = true;
    while (did) {
        io_.restart();
        did = io_.poll_one() > 0;
        for (std::size_t i = 0; i < broker.readers(); ++i) did |= broker.step(i, 100);
    }
}

}  // namespace gateway::fanout
