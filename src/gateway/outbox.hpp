#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "broker/broker.hpp"
#include "broker/producer.hpp"
#include "gateway/accumulator.hpp"
#include "gateway/alarm.hpp"
#include "gateway/options.hpp"

namespace gateway {

/// The records of one session on their way to one broker.
///
/// They leave when `options.batch` says so, or 64 KiB are gathered, in the order they came; what
/// the producer has no room for waits here. Its producer is opened at the first record.
///
/// Lives on the session's executor. Destroying it drops what still waits, so see to `is_empty()`.
class Outbox final : private Producer::Events {
public:
    /// What the outbox tells its session; never from within `add`, but for `refused`.
    class Owner {
    public:
        virtual void reported(std::span<const Producer::Report> reports) = 0;

        /// The broker will not take this record; there will be no report.
        virtual void refused(std::uint32_t token, const Error& error) = 0;

        /// Something left: it may be no longer full, or empty now.
        virtual void moved() = 0;

    protected:
        ~Owner() = default;
    };

    /// `broker`, `options` and `owner` must outlive it.
    Outbox(asio::any_io_executor executor, Broker& broker, const ProducerOptions& options,
           Owner& owner);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    void add(std::span<const OutgoingRecord> records);

    /// Lets everything leave that can, due or not.
    void flush();

    [[nodiscard]] bool is_empty() const { return accumulator_.is_empty(); }

    /// More waits than the options allow: stop adding.
    [[nodiscard]] bool is_full() const;

    [[nodiscard]] const Broker& broker() const { return broker_; }

private:
    void reported(std::span<const Producer::Report> reports) override;
    void room() override;

    /// Gives records to the producer until it is full; returns how many are done with.
    std::size_t send(std::span<const OutgoingRecord> records);

    asio::any_io_executor executor_;
    Broker& broker_;
    const ProducerOptions& options_;
    Owner& owner_;
    Accumulator accumulator_;
    Alarm due_;
    bool is_blocked_ = false;  ///< The producer said queue_full and not yet room().
    std::unique_ptr<Producer> producer_;
};

}  // namespace gateway
