#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "base/result.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"
#include "kafka/caller.hpp"
#include "kafka/catalog.hpp"
#include "kafka/handle.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// Where partitions begin and end, and where reading begins between the two.
///
/// Each partition's leader is asked, and a question is over when the slowest has answered. So it
/// has threads of its own, and a question has each of them for a short time only: then it queues
/// again behind the others. Everyone who asks the same while it is on its way shares the next one.
///
/// Any thread may call; answers arrive on the caller's executor.
class Locator : public std::enable_shared_from_this<Locator> {
public:
    using Answer = Result<std::vector<Located>>;
    using Done = std::function<void(Answer)>;
    using Time = std::chrono::steady_clock::time_point;

    /// `handle` has the readers' `isolation.level`, and asks nothing else: a late answer would hold
    /// that up. `catalog` must outlive every call.
    Locator(std::shared_ptr<rd_kafka_t> handle, Catalog& catalog)
        : handle_(std::move(handle)), catalog_(catalog) {}

    Locator(const Locator&) = delete;
    Locator& operator=(const Locator&) = delete;

    /// Every partition of these topics, ordered; waits for the topics as Catalog::find does.
    /// `done` is called once, by `timeout` at the latest: then with broker_unavailable.
    void locate(asio::any_io_executor executor, std::vector<std::string> topics, Start start,
                std::chrono::milliseconds timeout, Done done);

    /// These partitions, in their order. A Cursor may name no others.
    void locate(asio::any_io_executor executor, std::vector<TopicPartition> partitions, Start start,
                std::chrono::milliseconds timeout, Done done);

    /// Answers everyone who waits with draining, now and from now on. To be called before it ends.
    /// Blocks until `deadline`; questions that are under way then end by themselves, and keep it
    /// until they have.
    void stop(Time deadline);

private:
    static constexpr std::size_t threads = 4;

    /// What is asked: the ends of partitions, and where a time is in them.
    using Question = std::pair<std::vector<TopicPartition>, std::optional<Timestamp>>;

    struct Asking {
        std::shared_ptr<Caller<Answer>> caller;
        Start start;
        int tries = 0;
    };

    using Crowd = std::vector<Asking>;

    void ask(const Question& question);
    void ask_later(const Question& question);  ///< Under the lock.

    std::shared_ptr<rd_kafka_t> handle_;
    Catalog& catalog_;
    Workers workers_{threads};

    std::mutex mutex_;
    std::map<Question, Crowd> waiting_;
    std::map<Question, Crowd> asking_;  ///< Those whose question is under way.
    std::set<Question> open_;           ///< Those that a thread asks, or will.
    std::set<std::shared_ptr<asio::steady_timer>> pauses_;
    bool stopped_ = false;
};

}  // namespace gateway::kafka
