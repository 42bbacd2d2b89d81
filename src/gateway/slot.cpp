#include "gateway/slot.hpp"

#include <utility>

namespace gateway {

Slot::Slot(Shard& shard, Outlet& outlet, Owner& owner)
    : shard_(shard), outlet_(outlet), owner_(owner) {}

Slot::~Slot() = default;

void Slot::replace(Plan plan, Done done) {
    supersede(Errc::superseded);
    if (!plan.is_rest) on_end_ = nullptr;
    wanted_ = std::make_unique<Wanted>(Wanted{std::move(plan), std::move(done)});
    make_way();
}

void Slot::leave(Done done) {
    supersede(Errc::superseded);
    on_end_ = nullptr;
    leaving_.push_back(std::move(done));
    make_way();
}

void Slot::supersede(const Error& error) {
    if (const auto joining = std::exchange(joining_, nullptr)) joining(error);
    if (const auto wanted = std::exchange(wanted_, nullptr)) wanted->done(error);
}

void Slot::make_way() {
    if (!subscription_) return left();
    if (subscription_->is_ending() || subscription_->is_over()) return;
    subscription_->end(owner_.when_left(subscription_->options().number));
}

void Slot::left() {
    if (wanted_ && wanted_->plan.continues && subscription_) {
        subscription_->continue_with(wanted_->plan.options);
    }
    subscription_.reset();
    for (const Done& done : std::exchange(leaving_, {})) done(std::span<const Position>());
    if (wanted_) start();
}

void Slot::start() {
    Wanted wanted = std::move(*std::exchange(wanted_, nullptr));
    wanted.plan.options.number = owner_.next_number();
    Subscription::Owner& owner = *this;
    subscription_ =
        std::make_unique<Subscription>(shard_, std::move(wanted.plan.options), outlet_, owner);
    if (const auto error = subscription_->start()) {
        subscription_.reset();
        return wanted.done(*error);
    }
    joining_ = std::move(wanted.done);
}

void Slot::subscription_live(std::span<const Position> starts) {
    if (const auto joining = std::exchange(joining_, nullptr)) joining(starts);
    owner_.slot_moved();
}

void Slot::subscription_failed(const Error& error) {
    if (const auto joining = std::exchange(joining_, nullptr)) {
        joining(error);
    } else if (on_end_) {
        on_end_(error);
    }
    owner_.when_left(subscription_->options().number)();
    owner_.slot_moved();
}

void Slot::subscription_too_slow() { owner_.slot_too_slow(); }

const Subscription* Slot::present() const {
    const bool is_there = subscription_ && !subscription_->is_ending() && !subscription_->is_over();
    return is_there ? subscription_.get() : nullptr;
}

Subscription* Slot::subscription() { return present() ? subscription_.get() : nullptr; }

const TopicChoice* Slot::topics() const {
    if (wanted_) return &wanted_->plan.options.topics;
    return present() ? &subscription_->options().topics : nullptr;
}

std::optional<Slot::Plan> Slot::rest() const {
    if (wanted_) return Plan{wanted_->plan.options, true, wanted_->plan.continues};
    if (!present()) return std::nullopt;
    return Plan{subscription_->options(), true, subscription_->is_live()};
}

const TopicChoice* Slot::live_topics() const {
    return subscription_ && subscription_->is_live() ? &subscription_->options().topics : nullptr;
}

}  // namespace gateway
