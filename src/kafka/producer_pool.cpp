#include "kafka/producer_pool.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_missing = 1000;
constexpr int refresh_time = 2000;  ///< Milliseconds.
constexpr auto purge_time = 2s;     ///< For the reports of what was given up.

}  // namespace

ProducerPool::ProducerPool(std::shared_ptr<const Properties> properties,
                           std::shared_ptr<Workers> workers, const Options& options)
    : properties_(std::move(properties)),
      workers_(std::move(workers)),
      max_dedicated_(options.max_dedicated_producers),
      max_topics_(std::max<std::size_t>(options.max_topics_per_producer, 1)) {}

Result<std::shared_ptr<ProducerHandle>> ProducerPool::acquire(
    const asio::any_io_executor& executor) {
    if (stopped_) return Error(Errc::draining);
    const bool shared = dedicated_count_.fetch_add(1) >= max_dedicated_;
    if (shared) {
        --dedicated_count_;
        auto found = shared_.find(executor, [](const ProducerHandle& handle) {
            return !handle.is_orphan() && !handle.is_broken() && !handle.is_ended();
        });
        if (found) return found;
    }

    auto handle = open(executor, shared);
    if (!handle && !shared) --dedicated_count_;
    return handle;
}

Result<std::shared_ptr<ProducerHandle>> ProducerPool::open(const asio::any_io_executor& executor,
                                                           bool shared) {
    std::string reason;
    Handle fresh = open_handle(RD_KAFKA_PRODUCER, properties_->producer(), reason);
    std::shared_ptr<ProducerHandle> handle;
    if (fresh) {
        try {
            handle = ProducerHandle::open(
                executor, workers_->strand(), std::move(fresh), max_topics_,
                std::shared_ptr<ProducerHandle::Keeper>(shared_from_this(), this));
        } catch (const std::system_error& error) {
            reason = error.what();
        }
    }
    if (!handle) {
        spdlog::error("kafka: no producer can be opened: {}", reason);
        return Error(Errc::internal, fmt::format("no producer can be opened: {}", reason));
    }
    (shared ? shared_ : dedicated_).add(executor, handle);
    return handle;
}

void ProducerPool::orphaned(const ProducerHandle& handle, asio::any_io_executor executor) {
    for (auto* handles : {&dedicated_, &shared_}) handles->move(handle, executor);
}

void ProducerPool::ended(const ProducerHandle& handle, std::shared_ptr<rd_kafka_t> rest) {
    workers_->end(std::move(rest));
    if (dedicated_.remove(handle)) --dedicated_count_;
    shared_.remove(handle);
}

void ProducerPool::missed(const std::shared_ptr<rd_kafka_t>& handle, std::string_view topic) {
    const std::lock_guard lock(missing_mutex_);
    auto found = missing_.find(topic);
    if (found == missing_.end()) {
        // Names are the clients': what is forgotten is found again within a second.
        if (missing_.size() >= max_missing) missing_.clear();
        found = missing_.emplace(topic, Missing::mapped_type()).first;
    }
    auto& handles = found->second;
    std::erase_if(handles, [](const auto& each) { return each.expired(); });
    for (const auto& each : handles) {
        if (each.lock() == handle) return;
    }
    handles.push_back(handle);
}

void ProducerPool::refresh(const std::vector<std::string>& topics, std::function<void()> done) {
    // It runs when the last job has let go of it.
    const std::shared_ptr<void> when_all_are_done(nullptr, [done](void*) { done(); });
    const std::lock_guard lock(missing_mutex_);
    for (const auto& name : topics) {
        const auto found = missing_.find(name);
        if (found == missing_.end()) continue;
        for (const auto& each : found->second) {
            auto handle = each.lock();
            if (!handle) continue;
            look(std::move(handle), name, [when_all_are_done] {});
        }
        missing_.erase(found);
    }
}

void ProducerPool::look(std::shared_ptr<rd_kafka_t> handle, std::string topic,
                        std::function<void()> done) {
    workers_->post([handle = std::move(handle), topic = std::move(topic), done = std::move(done)] {
        if (const Topic asked{rd_kafka_topic_new(handle.get(), topic.c_str(), nullptr)}) {
            const rd_kafka_metadata_t* answer = nullptr;
            rd_kafka_metadata(handle.get(), 0, asked.get(), &answer, refresh_time);
            const Metadata metadata(answer);
        }
        done();
    });
}

void ProducerPool::stop(Clock::time_point deadline) {
    stopped_ = true;
    const auto wait = [this](Clock::time_point until) {
        return dedicated_.wait_until_empty(until) && shared_.wait_until_empty(until);
    };
    for (auto* handles : {&dedicated_, &shared_}) {
        handles->post_all([](ProducerHandle& handle) { handle.retire(); });
    }
    if (wait(deadline)) return;

    for (auto* handles : {&dedicated_, &shared_}) {
        handles->post_all([](ProducerHandle& handle) { handle.abandon(); });
    }
    if (!wait(Clock::now() + purge_time)) {
        spdlog::error("kafka: {} producers did not end", dedicated_.size() + shared_.size());
    }
}

ProducerPool::Counts ProducerPool::counts() const {
    const auto is_orphan = [](const ProducerHandle& handle) { return handle.is_orphan(); };
    return {.open = dedicated_.size() + shared_.size(),
            .orphans = dedicated_.count(is_orphan) + shared_.count(is_orphan)};
}

}  // namespace gateway::kafka
