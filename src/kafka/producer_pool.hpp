#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "kafka/open_set.hpp"
#include "kafka/options.hpp"
#include "kafka/producer_handle.hpp"
#include "kafka/properties.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// All of librdkafka's producers in this process: a dedicated one for each session's producer while
/// there are fewer than `max_dedicated_producers`, then one for each executor, which its sessions
/// share. It holds each until it ends, so that what a session left behind is still delivered.
///
/// Any thread may call.
class ProducerPool final : public std::enable_shared_from_this<ProducerPool>,
                           private ProducerHandle::Keeper {
public:
    using Clock = std::chrono::steady_clock;

    ProducerPool(std::shared_ptr<const Properties> properties, std::shared_ptr<Workers> workers,
                 const Options& options);

    /// A handle to attach to, for the caller's own executor. Not one that is broken or has ended.
    [[nodiscard]] Result<std::shared_ptr<ProducerHandle>> acquire(
        const asio::any_io_executor& executor);

    /// Takes no more records, and waits until everything is reported or `deadline` has come; what
    /// is not delivered by then fails. Blocks; the executors must run.
    void stop(Clock::time_point deadline);

    /// Makes every producer see these topics, which exist now: one that was sent to before is known
    /// as missing for a while. `done` is called on a worker, or at once.
    void refresh(const std::vector<std::string>& topics, std::function<void()> done);

    struct Counts {
        std::size_t open = 0;     ///< Orphans among them.
        std::size_t orphans = 0;  ///< Nobody's any more, still delivering.
    };
    [[nodiscard]] Counts counts() const;

private:
    [[nodiscard]] Result<std::shared_ptr<ProducerHandle>> open(
        const asio::any_io_executor& executor, bool shared);
    void orphaned(const ProducerHandle& handle, asio::any_io_executor executor) override;
    void missed(const std::shared_ptr<rd_kafka_t>& handle, std::string_view topic) override;
    void look(std::shared_ptr<rd_kafka_t> handle, std::string topic,
              std::function<void()> done) override;
    void ended(const ProducerHandle& handle, std::shared_ptr<rd_kafka_t> rest) override;

    std::shared_ptr<const Properties> properties_;
    std::shared_ptr<Workers> workers_;
    std::size_t max_dedicated_;
    std::size_t max_topics_;

    OpenSet<ProducerHandle> dedicated_;
    OpenSet<ProducerHandle> shared_;
    std::atomic<std::size_t> dedicated_count_ = 0;
    std::atomic<bool> stopped_ = false;

    using Missing = std::map<std::string, std::vector<std::weak_ptr<rd_kafka_t>>, std::less<>>;
    std::mutex missing_mutex_;
    Missing missing_;  ///< Topics, and who takes them for missing.
};

}  // namespace gateway::kafka
