#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "broker/broker.hpp"
#include "broker/consumer.hpp"
#include "gateway/alarm.hpp"
#include "gateway/notification_frame.hpp"
#include "gateway/outlet.hpp"

namespace gateway {

/// What a client receives: a member of a consumer group whose records leave through the outlet,
/// and are committed once they are written.
///
/// While the outlet has no room it takes one frame's worth of records, and then no more.
///
/// Lives on the session's executor. Destroying it leaves the group without a last delivery.
class Subscription final : private Consumer::Events {
public:
    struct Options {
        std::uint64_t number = 0;          ///< Tells this session's subscriptions apart.
        std::vector<std::string> names{};  ///< The topics as the client wrote them.
        Consumer::Options consumer;
        NotificationFrame::Options frame;
        std::optional<std::chrono::milliseconds> interval;  ///< Absent: nothing waits.
        std::chrono::milliseconds join_timeout{60000};
    };

    class Owner {
    public:
        /// Live: what is sent from now on is received. Called once, before any record.
        virtual void subscription_live() = 0;

        /// It is over, without `end`; the owner may destroy it, though not within the call.
        virtual void subscription_failed(const Error& error) = 0;

    protected:
        ~Owner() = default;
    };

    /// Everything passed by reference must outlive it.
    Subscription(asio::any_io_executor executor, Options options, Outlet& outlet,
                 std::atomic<std::uint64_t>& notification_ids, JsonCheck& json, Owner& owner);
    ~Subscription();

    /// Joins the group. Fails with what Broker::open_consumer says.
    [[nodiscard]] std::optional<Error> start(Broker& broker);

    /// The outlet may have room again.
    void room();

    /// A frame of this subscription is written.
    void delivered(const std::vector<Position>& next);

    /// Takes no more records, delivers what it took as far as the client reads it within a second,
    /// commits and leaves the group; then calls `done`, which may destroy it, but not within the
    /// call. The owner hears nothing else any more.
    void end(std::function<void()> done);

    [[nodiscard]] bool is_live() const { return is_live_; }
    [[nodiscard]] bool is_ending() const { return done_ != nullptr; }
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] const Options& options() const { return options_; }

private:
    void live() override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void revoked(std::span<const TopicPartition> partitions) override;
    void failed(const Error& error) override;

    /// Sends the frame if there is room; else it leaves with the next room.
    bool send_frame();
    void leave();

    asio::any_io_executor executor_;
    Options options_;
    Outlet& outlet_;
    std::atomic<std::uint64_t>& notification_ids_;
    Owner& owner_;
    NotificationFrame frame_;
    Alarm due_;
    Alarm deadline_;           ///< Of joining, and of ending.
    bool is_due_ = false;      ///< The frame waits only for room.
    bool is_stopped_ = false;  ///< The consumer waits for `resume`.
    bool is_live_ = false;
    bool is_leaving_ = false;
    bool is_over_ = false;       ///< It failed.
    std::size_t under_way_ = 0;  ///< Frames handed over and not yet written.
    std::function<void()> done_;
    std::unique_ptr<Consumer> consumer_;
};

}  // namespace gateway
