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
#include "kafka/handle.hpp"
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

    /// `handle` and `workers` must outlive the last question, which joining the workers waits for.
    Catalog(rd_kafka_t* handle, Workers& workers);

    /// `done` is called once, by `timeout` at the latest: then with broker_unavailable.
    void fetch(asio::any_io_executor executor, std::chrono::milliseconds timeout, Done done);

    /// Answers everyone who waits with draining, now and from now on.
    void stop();

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting;
    using Crowd = std::vector<std::shared_ptr<Waiting>>;

    void ask();
    [[nodiscard]] std::optional<Answer> question();  ///< Nothing: worth another.

    rd_kafka_t* handle_;
    Workers& workers_;

    std::mutex mutex_;
    Crowd waiting_;
    bool asking_ = false;
    bool stopped_ = false;
};

}  // namespace gateway::kafka
