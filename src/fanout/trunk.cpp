#include "fanout/trunk.hpp"

#include <utility>

#include <asio/post.hpp>
#include <spdlog/spdlog.h>

#include "fanout/branch.hpp"

namespace gateway::fanout {

Trunk::Trunk(asio::any_io_executor executor, Broker& broker, const Options& options,
             MakeSharedFrame make_frame, Counters& counters)
    : executor_(std::move(executor)),
      broker_(broker),
      options_(options),
      make_frame_(std::move(make_frame)),
      counters_(counters) {
    look_.emplace(executor_);
    again_.emplace(executor_);
    patience_.emplace(executor_);
}

Trunk::~Trunk() = default;

template <typename Work>
void Trunk::post(std::shared_ptr<Branch> branch, Work work) {
    // Clients that are cut off leave after what the executor runs on has ended.
    if (is_ended_) return;
    asio::post(executor_, [this, call = Call{std::move(branch), std::move(work)}]() mutable {
        if (is_closed_) return;
        if (!waiting_.empty()) return waiting_.push_back(std::move(call));
        call.work(call.branch);
    });
}

void Trunk::attach(std::shared_ptr<Branch> branch, std::vector<Position> ends) {
    post(std::move(branch), [this, ends = std::move(ends)](const std::shared_ptr<Branch>& to) {
        const auto refusal = open();
        if (!refusal) return begin(to, ends);
        waiting_.push_back({to, [this, ends](const auto& each) { begin(each, ends); }});
        patience_->set(options_.timeout, [this, refusal] { give_up(*refusal); });
        open_later();
    });
}

void Trunk::begin(const std::shared_ptr<Branch>& branch, std::vector<Position> ends) {
    auto& feed = feeds_[branch->topic()];
    const bool is_new = !feed;
    if (is_new) {
        feed = std::make_unique<Feed>(executor_, branch->topic(), options_, make_frame_, counters_);
    }
    feed->linger().cancel();
    std::vector<Position> added;
    for (Position& end : ends) {
        if (feed->reads(end.partition)) continue;
        // The topic has got it since: those who follow already want all of it.
        if (!is_new) end.offset = 0;
        feed->begin(end);
        added.push_back(end);
    }
    if (!added.empty()) reader_->add(added);
    feed->attach(branch);
    look_later();
}

void Trunk::detach(std::shared_ptr<Branch> branch) {
    post(std::move(branch), [this](const std::shared_ptr<Branch>& from) {
        Feed* feed = find(from->topic());
        if (!feed) return;
        feed->detach(*from);
        go_on();
        if (feed->is_followed()) return;
        feed->linger().set(options_.linger, [this, feed] { close(*feed); });
    });
}

void Trunk::add_view(std::shared_ptr<Branch> branch, View view, std::string key) {
    post(std::move(branch), [this, view = std::move(view),
                             key = std::move(key)](const std::shared_ptr<Branch>& from) mutable {
        if (Feed* feed = find(from->topic())) feed->add_view(from, std::move(view), std::move(key));
    });
}

void Trunk::remove_view(std::shared_ptr<Branch> branch, ViewId id) {
    post(std::move(branch), [this, id](const std::shared_ptr<Branch>& from) {
        if (Feed* feed = find(from->topic())) feed->remove_view(*from, id);
    });
}

void Trunk::processed(std::shared_ptr<Branch> branch) {
    post(std::move(branch), [this](const std::shared_ptr<Branch>& by) {
        if (Feed* feed = find(by->topic())) feed->processed(*by);
        go_on();
    });
}

void Trunk::stop() {
    is_ended_ = true;
    asio::post(executor_, [this] {
        is_closed_ = true;
        // It may be destroyed after what its executor runs on.
        look_.reset();
        again_.reset();
        patience_.reset();
        waiting_.clear();
        last_ = nullptr;
        feeds_.clear();
        reader_.reset();
    });
}

std::optional<Error> Trunk::open() {
    if (reader_) return std::nullopt;
    auto reader = broker_.open_reader(executor_, *this);
    if (!reader) return reader.error();
    reader_ = std::move(*reader);
    is_stopped_ = false;
    return std::nullopt;
}

void Trunk::open_later() {
    again_->set(options_.reader_pause, [this] {
        if (open()) return open_later();
        patience_->cancel();
        for (const Call& call : std::exchange(waiting_, {})) call.work(call.branch);
    });
}

void Trunk::give_up(const Error& refusal) {
    again_->cancel();
    for (const Call& call : std::exchange(waiting_, {})) {
        asio::post(call.branch->executor(),
                   [branch = call.branch, refusal] { branch->failed(refusal); });
    }
}

void Trunk::close(Feed& feed) {
    std::vector<TopicPartition> partitions;
    for (const Position& head : feed.heads()) partitions.push_back({head.topic, head.partition});
    reader_->drop(partitions);
    last_ = nullptr;
    feeds_.erase(feeds_.find(feed.topic()));
    // Not within an event of the reader's.
    asio::post(executor_, [this] {
        if (is_closed_ || !feeds_.empty()) return;
        look_->cancel();
        reader_.reset();
    });
}

void Trunk::go_on() {
    if (reader_ && std::exchange(is_stopped_, false)) reader_->resume();
}

Feed* Trunk::find(std::string_view topic) {
    if (last_ && last_->topic() == topic) return last_;
    const auto found = feeds_.find(topic);
    return found == feeds_.end() ? nullptr : last_ = found->second.get();
}

std::size_t Trunk::records(std::span<const Record> records) {
    std::size_t taken = 0;
    Feed* feed = nullptr;
    for (const Record& record : records) {
        if (!feed || feed->topic() != record.topic) {
            if (feed) feed->flush();
            feed = find(record.topic);
        }
        if (feed && !feed->add(record)) break;
        ++taken;
    }
    if (feed) feed->flush();
    is_stopped_ = taken < records.size();
    return taken;
}

void Trunk::reached_end(const Position& position) {
    if (Feed* feed = find(position.topic)) feed->reached(position);
}

void Trunk::lost(const Lost& lost) {
    if (Feed* feed = find(lost.topic)) feed->add(lost);
}

void Trunk::ended(const TopicPartition& partition, const Error& error) {
    Feed* feed = find(partition.topic);
    if (!feed) return;
    spdlog::info("fanout: \"{}\" is not read any more: {}", partition.topic, error.message);
    feed->fail(error);
    close(*feed);
}

void Trunk::look_later() {
    if (look_->is_set()) return;
    look_->set(options_.look_interval, [this] { look_for_partitions(); });
}

void Trunk::look_for_partitions() {
    broker_.list_topics(executor_, options_.timeout,
                        [this](const Result<std::vector<TopicPartition>>& listed) {
                            if (is_closed_ || feeds_.empty()) return;
                            look_later();
                            if (!listed) return;
                            std::vector<Position> added;
                            for (const TopicPartition& each : *listed) {
                                Feed* feed = find(each.topic);
                                if (!feed || feed->reads(each.partition)) continue;
                                added.push_back({each.topic, each.partition, 0});
                                feed->begin(added.back());
                            }
                            if (!added.empty()) reader_->add(added);
                        });
}

}  // namespace gateway::fanout
