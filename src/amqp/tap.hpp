#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "amqp/intake.hpp"
#include "amqp/reader_inbox.hpp"
#include "base/result.hpp"

namespace gateway::amqp {

/// One topic that is read by whoever wants all of it, from an exclusive queue. It is numbered as it
/// comes, which means something in this process alone.
///
/// From `locate` on the queue gathers; with the first reader it is consumed. That reader is given
/// everything, and what it has not taken is not acknowledged. Others get the same, but those that
/// do not keep up are told what they lost. Belongs to its connection, on its thread.
class Tap final : public Intake::Events, public std::enable_shared_from_this<Tap> {
public:
    using OnLocated = std::function<void(const Result<std::int64_t>& next)>;

    struct Limits {
        std::size_t held_bytes = 0;  ///< By a reader that is not the first.
    };

    /// Numbers from `first` on. Calls `over(*this)`, soon, once it is of no use any more.
    Tap(std::string topic, std::int64_t first, const Limits& limits,
        std::function<void(Tap&)> over);

    /// To be attached to the connection by who made it.
    [[nodiscard]] const std::shared_ptr<Intake>& open(const Intake::Plan& plan);

    /// Answers with the number that the next record gets, once the queue gathers.
    void locate(OnLocated done);

    void add(const std::shared_ptr<ReaderInbox>& reader, ReaderInbox::Stay stay, std::int64_t from);
    void remove(const ReaderInbox& reader, ReaderInbox::Stay stay);
    void taken(const ReaderInbox& reader, ReaderInbox::Stay stay, std::int64_t next,
               std::size_t bytes);

    [[nodiscard]] const std::string& topic() const { return topic_; }
    [[nodiscard]] std::int64_t next() const { return next_; }
    [[nodiscard]] bool has_readers() const { return !readers_.empty(); }
    [[nodiscard]] Intake& intake() { return *intake_; }

private:
    struct Seat {
        std::shared_ptr<ReaderInbox> reader;
        ReaderInbox::Stay stay = 0;
        std::int64_t from = 0;                ///< Where it wanted to begin.
        std::size_t held = 0;                 ///< Bytes that it was sent and has not taken.
        std::optional<std::int64_t> missing;  ///< Since when nothing is sent to it.
        bool has_begun = false;
    };

    void intake_ready(Intake& intake) override;
    void intake_records(Intake& intake, std::unique_ptr<Batch> batch) override;
    void intake_lost(Intake& intake, const Error& error) override;
    void intake_failed(Intake& intake, const Error& error) override;

    void begin(Seat& seat);
    void tell_lost(Seat& seat, std::int64_t from);
    void acknowledge(std::int64_t next);
    void end(const Error& error);
    [[nodiscard]] std::vector<Seat>::iterator find(const ReaderInbox& reader,
                                                   ReaderInbox::Stay stay);

    std::string topic_;
    Limits limits_;
    std::function<void(Tap&)> over_;
    std::shared_ptr<Intake> intake_;
    std::int64_t next_;
    std::int64_t base_ = 0;  ///< The number of the generation's first delivery.
    std::int64_t acknowledged_ = 0;
    bool is_ready_ = false;
    bool has_been_ready_ = false;
    std::vector<OnLocated> locating_;
    std::vector<Seat> readers_;
};

}  // namespace gateway::amqp
