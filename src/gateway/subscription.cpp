#include "gateway/subscription.hpp"

#include <utility>

namespace gateway {

namespace {

/// How long a client that reads slowly may hold up its own leaving.
constexpr std::chrono::milliseconds end_patience{1000};

}  // namespace

Subscription::Subscription(asio::any_io_executor executor, Options options, Outlet& outlet,
                           std::atomic<std::uint64_t>& notification_ids, JsonCheck& json,
                           Owner& owner)
    : executor_(executor),
      options_(std::move(options)),
      outlet_(outlet),
      notification_ids_(notification_ids),
      owner_(owner),
      frame_(options_.frame, json),
      due_(executor),
      deadline_(executor) {}

Subscription::~Subscription() = default;

std::optional<Error> Subscription::start(Broker& broker) {
    auto consumer = broker.open_consumer(executor_, options_.consumer, *this);
    if (!consumer) return consumer.error();
    consumer_ = std::move(*consumer);
    deadline_.set(options_.join_timeout, [this] {
        failed(
            Error(Errc::request_timeout, "the group was not joined within consumer.join_timeout"));
    });
    return std::nullopt;
}

void Subscription::live() {
    if (is_over_ || is_ending()) return;
    deadline_.cancel();
    is_live_ = true;
    owner_.subscription_live();
}

std::size_t Subscription::records(std::span<const Record> records) {
    if (is_over_ || is_ending()) return 0;
    std::uint64_t id = notification_ids_.fetch_add(records.size(), std::memory_order_relaxed);
    std::size_t taken = 0;
    while (taken < records.size() && (!frame_.is_full() || send_frame())) {
        frame_.add(records[taken++], id++);
    }
    is_stopped_ = taken < records.size();
    if (frame_.is_full() || !options_.interval) {
        send_frame();
    } else if (!due_.is_set() && !is_due_ && !frame_.is_empty()) {
        due_.set(*options_.interval, [this] { send_frame(); });
    }
    return taken;
}

bool Subscription::send_frame() {
    if (frame_.is_empty()) return true;
    is_due_ = !outlet_.has_room();
    if (is_due_) return false;
    due_.cancel();
    auto [text, next] = frame_.take();
    ++under_way_;
    outlet_.send(std::move(text), {options_.number, std::move(next)});
    return true;
}

void Subscription::room() {
    if (is_due_ && !send_frame()) return;
    if (std::exchange(is_stopped_, false) && !is_over_ && !is_ending()) consumer_->resume();
}

void Subscription::delivered(const std::vector<Position>& next) {
    --under_way_;
    if (!is_leaving_) consumer_->commit(next);
    if (is_ending() && !is_leaving_ && under_way_ == 0 && frame_.is_empty()) leave();
}

void Subscription::revoked(std::span<const TopicPartition>) { send_frame(); }

void Subscription::failed(const Error& error) {
    if (std::exchange(is_over_, true)) return;
    is_leaving_ = true;
    deadline_.cancel();
    due_.cancel();
    if (is_ending()) return done_();
    owner_.subscription_failed(error);
}

void Subscription::end(std::function<void()> done) {
    done_ = std::move(done);
    send_frame();
    if (under_way_ == 0 && frame_.is_empty()) return leave();
    deadline_.set(end_patience, [this] { leave(); });
}

void Subscription::leave() {
    if (std::exchange(is_leaving_, true)) return;
    deadline_.cancel();
    due_.cancel();
    consumer_->close(done_);
}

}  // namespace gateway
