#include "gateway/slot.hpp"

#include <utility>

namespace gateway {

Slot::Slot(Shard& shard, Outlet& outlet, Owner& owner)
    : shard_(shard), outlet_(outlet), owner_(owner) {}

Slot::~Slot() = default;

std::unique_ptr<Subscription> Slot::make(Subscription::Options options) {
    options.number = owner_.next_number();
    Subscription::Owner& owner = *this;
    return std::make_unique<Subscription>(shard_, std::move(options), outlet_, owner);
}

void Slot::replace(Subscription::Options options, Done done) {
    supersede(Errc::superseded);
    on_end_ = nullptr;
    next_ = make(std::move(options));
    continues_ = false;
    joining_ = std::move(done);
    make_way();
}

void Slot::give_up(std::span<const std::string_view> topics, Done done) {
    Subscription::Options rest = subscription()->options();
    for (const std::string_view topic : topics) rest.topics.remove(topic);
    if (rest.topics.is_empty()) return leave(std::move(done));
    if (next_) {
        next_->give_up(topics);
    } else {
        next_ = make(std::move(rest));
        if (subscription_->is_paused()) next_->pause();
        continues_ = true;
    }
    if (joining_) {
        leaving_.push_back(std::move(done));
    } else {
        joining_ = std::move(done);
    }
    make_way();
}

void Slot::leave(Done done) {
    supersede(Errc::superseded);
    on_end_ = nullptr;
    leaving_.push_back(std::move(done));
    make_way();
}

void Slot::supersede(const Error& error) {
    next_.reset();
    if (const auto joining = std::exchange(joining_, nullptr)) joining(error);
}

void Slot::make_way() {
    if (!subscription_) return left();
    if (subscription_->is_closing()) return;
    subscription_->end();
}

void Slot::left() {
    if (next_ && continues_ && subscription_) next_->follow(*subscription_);
    subscription_.reset();
    for (const Done& done : std::exchange(leaving_, {})) done(std::span<const Position>());
    if (next_) start();
}

void Slot::start() {
    subscription_ = std::move(next_);
    const auto error = subscription_->start();
    if (!error) return;
    subscription_.reset();
    fail(*error);
}

void Slot::fail(const Error& error) {
    if (const auto joining = std::exchange(joining_, nullptr)) joining(error);
    if (const auto on_end = std::exchange(on_end_, nullptr)) on_end(error);
}

void Slot::subscription_live(std::span<const Position> starts) {
    if (const auto joining = std::exchange(joining_, nullptr)) joining(starts);
    owner_.slot_moved();
}

void Slot::subscription_failed(const Error& error) {
    fail(error);
    when_left()();
    owner_.slot_moved();
}

void Slot::subscription_too_slow() { owner_.slot_too_slow(); }

std::function<void()> Slot::when_left() {
    return owner_.when_left(subscription_->options().number);
}

Subscription* Slot::subscription() {
    if (next_) return next_.get();
    return subscription_ && !subscription_->is_closing() ? subscription_.get() : nullptr;
}

const TopicChoice* Slot::topics() {
    const Subscription* there = subscription();
    return there ? &there->options().topics : nullptr;
}

const TopicChoice* Slot::live_topics() const {
    return subscription_ && subscription_->has_been_live() ? &subscription_->options().topics
                                                           : nullptr;
}

}  // namespace gateway
