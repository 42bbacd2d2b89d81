#include "amqp/tap.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gateway::amqp {

Tap::Tap(std::string topic, std::int64_t first, const Limits& limits,
         std::function<void(Tap&)> over)
    : topic_(std::move(topic)), limits_(limits), over_(std::move(over)), next_(first) {}

const std::shared_ptr<Intake>& Tap::open(const Intake::Plan& plan) {
    intake_ = std::make_shared<Intake>(plan, shared_from_this());
    return intake_;
}

void Tap::locate(OnLocated done) {
    if (is_ready_) return done(next_);
    locating_.push_back(std::move(done));
}

void Tap::add(const std::shared_ptr<ReaderInbox>& reader, ReaderInbox::Stay stay,
              std::int64_t from) {
    readers_.push_back({.reader = reader,
                        .stay = stay,
                        .from = from,
                        .held = 0,
                        .missing = {},
                        .has_begun = false});
    if (is_ready_) begin(readers_.back());
    intake_->consume();
}

void Tap::remove(const ReaderInbox& reader, ReaderInbox::Stay stay) {
    const auto found = find(reader, stay);
    if (found == readers_.end()) return;
    const bool was_first = found == readers_.begin();
    readers_.erase(found);
    if (readers_.empty()) return over_(*this);
    if (was_first) readers_.front().held = 0;
}

std::vector<Tap::Seat>::iterator Tap::find(const ReaderInbox& reader, ReaderInbox::Stay stay) {
    return std::ranges::find_if(readers_, [&](const Seat& each) {
        return each.reader.get() == &reader && each.stay == stay;
    });
}

// What was sent while there was no queue is lost, and how much nobody knows: one number stands for
// it.
void Tap::intake_ready(Intake&) {
    is_ready_ = true;
    if (std::exchange(has_been_ready_, true)) {
        const std::int64_t from = next_++;
        for (Seat& seat : readers_) {
            if (seat.has_begun && !seat.missing) tell_lost(seat, from);
        }
    }
    base_ = next_;
    for (Seat& seat : readers_) {
        if (!seat.has_begun) begin(seat);
    }
    for (const auto& done : std::exchange(locating_, {})) done(next_);
}

void Tap::begin(Seat& seat) {
    seat.has_begun = true;
    if (seat.from < next_) tell_lost(seat, seat.from);
    if (seat.from > next_) {
        seat.reader->send(
            topic_, seat.stay,
            ReaderInbox::Ended{{topic_, 0},
                               Error(Errc::offset_out_of_range,
                                     fmt::format("\"{}\" has come to {} here", topic_, next_))});
        return;
    }
    seat.reader->send(topic_, seat.stay, Position{topic_, 0, next_});
}

void Tap::tell_lost(Seat& seat, std::int64_t from) {
    seat.reader->send(topic_, seat.stay,
                      Lost{.topic = topic_,
                           .partition = 0,
                           .wanted = from,
                           .next = next_,
                           .earliest = next_,
                           .latest = next_});
}

void Tap::intake_records(Intake&, std::unique_ptr<Batch> batch) {
    batch->number_from(next_);
    const std::int64_t first = next_;
    next_ += static_cast<std::int64_t>(batch->records().size());
    const std::shared_ptr<const Batch> shared = std::move(batch);
    for (Seat& seat : readers_) {
        const bool is_first = &seat == &readers_.front();
        if (seat.from > first) continue;
        if (!is_first && seat.held > limits_.held_bytes && !seat.missing) seat.missing = first;
        if (seat.missing) continue;
        seat.held += shared->bytes();
        seat.reader->send(topic_, seat.stay, shared);
    }
    if (readers_.empty()) acknowledge(next_);
}

void Tap::taken(const ReaderInbox& reader, ReaderInbox::Stay stay, std::int64_t next,
                std::size_t bytes) {
    const auto seat = find(reader, stay);
    if (seat == readers_.end()) return;
    seat->held -= std::min(seat->held, bytes);
    if (seat->missing && seat->held <= limits_.held_bytes / 2) {
        tell_lost(*seat, *std::exchange(seat->missing, std::nullopt));
    }
    if (seat == readers_.begin()) acknowledge(next);
}

void Tap::acknowledge(std::int64_t next) {
    // A number that is acknowledged already is an error to the broker.
    if (next > std::max(base_, acknowledged_)) {
        acknowledged_ = next;
        intake_->acknowledge(intake_->generation(), static_cast<std::uint64_t>(next - base_));
    }
}

void Tap::intake_lost(Intake&, const Error& error) {
    is_ready_ = false;
    for (const auto& done : std::exchange(locating_, {})) done(error);
    if (readers_.empty()) over_(*this);
}

void Tap::intake_failed(Intake&, const Error& error) { end(error); }

void Tap::end(const Error& error) {
    is_ready_ = false;
    for (const auto& done : std::exchange(locating_, {})) done(error);
    for (const Seat& seat : std::exchange(readers_, {})) {
        seat.reader->send(topic_, seat.stay, ReaderInbox::Ended{{topic_, 0}, error});
    }
    over_(*this);
}

}  // namespace gateway::amqp
