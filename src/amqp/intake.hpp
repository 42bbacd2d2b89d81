#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "amqp/batch.hpp"
#include "amqp/channel.hpp"
#include "amqp/declarer.hpp"
#include "amqp/prefetch_window.hpp"
#include "base/error.hpp"

namespace gateway::amqp {

/// One queue that is consumed, on a channel of its own: declares what must be there, now and after
/// each loss, and hands over what comes. What is not acknowledged comes again.
class Intake final : public Channel {
public:
    /// What is consumed.
    struct Plan {
        std::string topic;  ///< What its records are of; bound to the queue, if `is_bound`.
        std::string queue;  ///< Empty: an exclusive one, which ends with the connection.
        std::optional<std::chrono::milliseconds> queue_expiry{};
        bool is_bound = true;
        bool creates_topic = false;
        bool waits = false;  ///< Consumes only from `consume` on.
        bool headers = true;
        std::uint16_t prefetch = 1;          ///< Messages that are not acknowledged.
        std::size_t max_prefetch_bytes = 0;  ///< About the most that they have.
    };

    /// What an intake tells its owner, on the connection's thread.
    class Events {
    public:
        /// The queue takes what is sent from now on; the broker's next delivery is its first on
        /// this channel. Once for each time that it is set up.
        virtual void intake_ready(Intake& intake) = 0;

        virtual void intake_records(Intake& intake, std::unique_ptr<Batch> batch) = 0;

        /// It is lost, and will be set up again.
        virtual void intake_lost(Intake& intake, const Error& error) = 0;

        /// What it consumes is not there, or not permitted, or there is no channel for it
        /// (limit_reached): nothing more comes.
        virtual void intake_failed(Intake& intake, const Error& error) = 0;

    protected:
        ~Events() = default;
    };

    Intake(Plan plan, std::shared_ptr<Events> events);

    [[nodiscard]] const Plan& plan() const { return plan_; }

    void consume();

    /// How often it was set up: deliveries are counted from 1 in each of them.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

    /// The deliveries of this generation up to this one are handled.
    void acknowledge(std::uint64_t generation, std::uint64_t last);

    void opened() override;
    void lost(const Error& error, bool is_permanent) override;
    void closed(const Closing& closing) override;
    void answered(const amqp_method_t& method) override;
    void arrived(const Content& content) override;
    void turn_ended() override;

private:
    void declare_queue();
    void bind();
    void limit();
    void send_consume();
    void tell_ready();
    void consume_anew();
    void cancel();
    void begin_anew();

    Plan plan_;
    std::weak_ptr<Events> events_;
    bool wants_to_consume_;
    PrefetchWindow window_;
    bool is_set_up_ = false;  ///< On this channel: it can be consumed.
    bool is_ready_ = false;   ///< And was said to be.
    bool is_adjusting_ = false;
    std::string consumer_;  ///< The broker's name for it.
    std::uint64_t generation_ = 0;
    std::unique_ptr<Batch> batch_;
};

}  // namespace gateway::amqp
