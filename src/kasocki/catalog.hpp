#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "gateway/brokers.hpp"

namespace gateway::kasocki {

/// The topics that clients may have.
class Topics {
public:
    /// Those of `listed` that `allowed` names, or all of them if it is empty, but for the servers'
    /// own.
    Topics(const std::vector<TopicPartition>& listed, const std::vector<std::string>& allowed,
           const OwnTopics& own = {});

    /// Its partitions in order, or null if there is no such topic.
    [[nodiscard]] const std::vector<std::int32_t>* partitions(std::string_view topic) const;

    /// The names, in order, as a JSON array.
    [[nodiscard]] std::string to_json() const;

private:
    std::map<std::string, std::vector<std::int32_t>, std::less<>> topics_;
};

/// Asks a broker for its topics, once for all who ask meanwhile. On one thread.
class Catalog {
public:
    using OnListed = std::function<void(const Result<Topics>& topics)>;

    /// Of the default broker. `brokers` and `allowed` must outlive it.
    Catalog(const Brokers& brokers, asio::any_io_executor executor,
            std::chrono::milliseconds timeout, const std::vector<std::string>& allowed);

    /// The topics that there are at a moment after this call. Never answers from within it, nor
    /// once the catalog is gone.
    void list(OnListed done);

private:
    void ask();
    void listed(const Result<std::vector<TopicPartition>>& partitions);

    const Brokers& brokers_;
    asio::any_io_executor executor_;
    std::chrono::milliseconds timeout_;
    const std::vector<std::string>& allowed_;
    std::vector<OnListed> asked_;    ///< The broker is looking for these.
    std::vector<OnListed> waiting_;  ///< They came too late for that.
    std::shared_ptr<Catalog*> self_;
};

}  // namespace gateway::kasocki
