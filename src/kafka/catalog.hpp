#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "kafka/caller.hpp"
#include "kafka/handle.hpp"
#include "kafka/open_set.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// Which topics the cluster has.
///
/// It always asks for all of them: a request that names a topic creates it where the broker's
/// automatic creation is on. Everyone who asks while a question is on its way shares the next one,
/// so that a thousand subscribers who come back at once cost two.
///
/// Any thread may call; answers arrive on the caller's executor.
class Catalog {
public:
    using Topics = std::map<std::string, std::int32_t>;  ///< The number of partitions of each.
    using Answer = Result<std::shared_ptr<const Topics>>;
    using Done = std::function<void(Answer)>;
    using Time = std::chrono::steady_clock::time_point;

    /// Whether `find` creates topics, where the broker does so for a request that names them.
    enum class Creates : bool { no, yes };

    /// `handle` and `workers` must outlive the last question, which joining the workers waits for.
    Catalog(rd_kafka_t* handle, Workers& workers, Creates creates);

    /// `done` is called once, by `timeout` at the latest: then with broker_unavailable.
    void fetch(asio::any_io_executor executor, std::chrono::milliseconds timeout, Done done);

    /// The same, once `names` are among the topics; topic_not_found for the first that is missing.
    void find(asio::any_io_executor executor, std::vector<std::string> names,
              std::chrono::milliseconds timeout, Done done);

    /// Answers everyone who waits with draining, now and from now on. Blocks until `deadline`; the
    /// executors must run.
    void stop(Time deadline);

private:
    class Search;
    using Crowd = std::vector<std::shared_ptr<Caller<Answer>>>;

    void ask();
    [[nodiscard]] std::optional<Answer> question();  ///< Nothing: worth another.
    void create(const std::string& name);

    rd_kafka_t* handle_;
    Workers& workers_;
    bool creates_;
    OpenSet<Search> searches_;

    std::mutex mutex_;
    Crowd waiting_;
    bool asking_ = false;
    bool stopped_ = false;
};

}  // namespace gateway::kafka
