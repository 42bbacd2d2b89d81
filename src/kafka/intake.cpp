#include "kafka/intake.hpp"

#include <utility>

namespace gateway::kafka {

namespace {

constexpr int batches_per_turn = 10;  ///< Then the shard's other work has its turn.

}  // namespace

void Intake::open(rd_kafka_t* handle, std::shared_ptr<rd_kafka_queue_t> queue,
                  std::weak_ptr<Intake> self) {
    event_ = QueueEvent::open(executor_, std::move(queue), [weak = std::move(self)] {
        const auto intake = weak.lock();
        return intake ? intake->drain() : QueueEvent::Left::unread;
    });
    fetch_wake_.emplace(handle);
}

void Intake::start() {
    started_ = true;
    if (event_) event_->wake();
}

void Intake::resume() {
    if (!std::exchange(paused_, false)) return;
    if (event_) event_->wake();
}

void Intake::go_on() {
    if (!std::exchange(held_, false)) return;
    if (event_) event_->wake();
}

void Intake::sift() {
    if (inside_ > 0) {
        sifts_later_ = true;
        return;
    }
    batch_.keep_if([this](const rd_kafka_message_t& message) { return owner_.keeps(message); });
}

QueueEvent::Left Intake::drain() {
    if (!started_ || paused_ || held_) return QueueEvent::Left::unread;
    if (!hand_out()) return QueueEvent::Left::unread;
    for (int i = 0; i < batches_per_turn; ++i) {
        const auto loaded = batch_.load(event_->queue(), [this](const rd_kafka_message_t& message) {
            return owner_.keeps(message);
        });
        if (loaded.messages == 0) return QueueEvent::Left::nothing;
        fetch_wake_->note(loaded.messages, loaded.bytes);
        if (!hand_out()) return QueueEvent::Left::unread;
    }
    return QueueEvent::Left::more;
}

bool Intake::hand_out() {
    for (;;) {
        const auto* mark = batch_.mark();
        const auto rest = batch_.rest();
        if (mark == nullptr && rest.empty()) return true;
        std::size_t count = 0;
        tell([&] {
            if (mark != nullptr) return owner_.mark(*mark);
            count = owner_.records(rest);
            paused_ = count < rest.size();
        });
        if (stopped_) return false;
        mark != nullptr ? batch_.pass_mark() : batch_.take(count);
        if (std::exchange(sifts_later_, false)) sift();
        if (paused_) return false;
    }
}

void Intake::release(std::function<void()> released) {
    stopped_ = true;
    released_ = std::move(released);
    if (inside_ == 0) let_go();
}

void Intake::let_go() {
    // The records of a call are its receiver's until it returns.
    if (event_) event_->stop();
    event_.reset();
    fetch_wake_.reset();
    batch_.clear();
    std::exchange(released_, nullptr)();
}

}  // namespace gateway::kafka
