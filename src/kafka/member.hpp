#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "kafka/catalog.hpp"
#include "kafka/delivery.hpp"
#include "kafka/handle.hpp"
#include "kafka/locator.hpp"
#include "kafka/probe.hpp"
#include "kafka/properties.hpp"
#include "kafka/queue_event.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// A member of a group as the parts of its Membership have it in common: librdkafka's handle, the
/// strand on the workers that drives it, and the way to its Delivery on the shard.
///
/// Call it on its strand, unless said otherwise.
class Member : public std::enable_shared_from_this<Member> {
public:
    /// What all members share. `catalog`, `locator` and `probe` must outlive them.
    struct Services {
        std::shared_ptr<const Properties> properties;
        std::shared_ptr<Workers> workers;
        Catalog* catalog;
        Locator* locator;
        const Probe* probe;
        std::size_t max_topics;  ///< That patterns may lead to.
    };

    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// Any thread.
    [[nodiscard]] const Workers::Strand& strand() const { return strand_; }
    [[nodiscard]] const Services& services() const { return services_; }
    [[nodiscard]] const std::string& group() const { return group_; }

    /// Null unless it is open.
    [[nodiscard]] rd_kafka_t* handle() const { return handle_.get(); }
    [[nodiscard]] QueueEvent* event() const { return event_.get(); }

    [[nodiscard]] bool is_live() const { return live_; }
    [[nodiscard]] bool is_leaving() const { return leaving_; }

    /// It leaves its group, or will in a moment since it failed: it takes nothing on.
    [[nodiscard]] bool is_over() const { return leaving_ || failed_; }

    /// These say whether it is the first time.
    [[nodiscard]] bool note_live() { return !std::exchange(live_, true); }
    [[nodiscard]] bool note_failed() { return !std::exchange(failed_, true); }
    [[nodiscard]] bool note_leaving() { return !std::exchange(leaving_, true); }

    /// It cannot go on: says why, and leaves.
    virtual void fail(const Error& error) = 0;

    /// Ends the events, and gives the handle away.
    [[nodiscard]] Handle close();

    /// Runs `job(delivery)` on the shard, if that is there still. Any thread.
    template <typename Job>
    void tell(Job job) {
        const std::lock_guard lock(shard_mutex_);
        if (detached_) return;
        asio::post(shard_, [weak = delivery_, job = std::move(job)]() mutable {
            if (const auto delivery = weak.lock()) job(*delivery);
        });
    }

    /// Runs `job()` in a while, if it is there still. What `job` holds must be a part of it.
    template <typename Job>
    void after(std::chrono::milliseconds pause, Job job) {
        const auto timer = std::make_shared<asio::steady_timer>(strand_, pause);
        timer->async_wait([weak = weak_from_this(), timer, job](std::error_code) {
            if (const auto self = weak.lock()) job();
        });
    }

protected:
    Member(Services services, std::string group);
    ~Member() = default;

    /// `tell` reaches `delivery` from now on. Any thread.
    void attach(asio::any_io_executor executor, std::weak_ptr<Delivery> delivery);

    /// The shard's executor is not used from the moment this returns. Call it there.
    void detach();

    /// Opens librdkafka's handle, whose events `drain` takes, unless it is open. On failure why.
    [[nodiscard]] std::optional<Error> open(QueueEvent::Drain drain);

private:
    Services services_;
    std::string group_;
    Workers::Strand strand_;

    std::mutex shard_mutex_;
    asio::any_io_executor shard_;
    std::weak_ptr<Delivery> delivery_;
    bool detached_ = false;

    // The strand's from here on.
    Handle handle_;
    std::shared_ptr<rd_kafka_queue_t> records_;
    std::shared_ptr<QueueEvent> event_;
    bool live_ = false;
    bool failed_ = false;
    bool leaving_ = false;
};

}  // namespace gateway::kafka
