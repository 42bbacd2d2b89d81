#include "gateway/subscriptions.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/excerpt.hpp"
#include "gateway/shard.hpp"
#include "wire/reply.hpp"

namespace gateway {

namespace {

std::string array_of(std::span<const Position> positions) {
    std::string array = "[";
    for (const Position& each : positions) {
        if (array.size() > 1) array += ',';
        append_position(array, each.topic, each.partition, each.offset);
    }
    array += ']';
    return array;
}

Error not_subscribed(std::string_view name) {
    return Error(Errc::not_subscribed, fmt::format("\"{}\" is not subscribed", excerpt(name)));
}

}  // namespace

Subscriptions::Subscriptions(Shard& shard, Outlet& outlet, Owner& owner)
    : shard_(shard), outlet_(outlet), owner_(owner) {}

Subscriptions::~Subscriptions() = default;

void Subscriptions::subscribe(Asked asked, std::string name, Subscription::Options options,
                              bool wants_positions) {
    Slot* slot = slot_of(name);
    if (!slot) {
        const std::size_t limit = shard_.options.consumer.max_subscriptions;
        if (slots_.size() >= limit) {
            return owner_.fail(asked, Error(Errc::limit_reached,
                                            fmt::format("more subscriptions of a connection than "
                                                        "consumer.max_subscriptions allows: {}",
                                                        limit)));
        }
        Slot::Owner& owner = *this;
        slot = slots_.emplace_back(Named{name, std::make_unique<Slot>(shard_, outlet_, owner)})
                   .slot.get();
    }
    slot->replace(std::move(options), [this, slot, asked = std::move(asked), name = std::move(name),
                                       wants_positions](const Slot::Outcome& outcome) {
        if (!outcome) return owner_.fail(asked, outcome.error());
        slot->on_end([this, asked](const Error& error) { owner_.ended(asked, error); });
        std::string names;
        append_strings(names, slot->topics()->names());
        owner_.subscribed(asked, name, names, wants_positions ? array_of(*outcome) : std::string());
    });
    remove_empty();
}

Result<std::vector<Slot*>> Subscriptions::targets(const Unsubscribe& what) {
    std::vector<Slot*> slots;
    if (!what.subs) {
        for (const Named& each : slots_) slots.push_back(each.slot.get());
    } else {
        for (const std::string_view name : *what.subs) {
            Slot* slot = slot_of(name);
            if (!slot || !slot->topics()) return not_subscribed(name);
            if (std::ranges::find(slots, slot) == slots.end()) slots.push_back(slot);
        }
    }
    if (!what.topics) return slots;
    for (const std::string_view topic : *what.topics) {
        const bool is_there = std::ranges::any_of(
            slots, [&](Slot* slot) { return slot->topics() && slot->topics()->has(topic); });
        if (!is_there) return not_subscribed(topic);
    }
    std::erase_if(slots, [&](Slot* slot) {
        return !slot->topics() || std::ranges::none_of(*what.topics, [&](std::string_view topic) {
            return slot->topics()->has(topic);
        });
    });
    return slots;
}

void Subscriptions::unsubscribe(Asked asked, const Unsubscribe& what) {
    const auto slots = targets(what);
    if (!slots) return owner_.fail(asked, slots.error());
    if (slots->empty()) return owner_.succeed(asked);
    const Slot::Done done = answer_of_several(std::move(asked), slots->size());
    for (Slot* slot : *slots) {
        if (what.topics) {
            slot->give_up(*what.topics, done);
        } else {
            slot->leave(done);
        }
    }
    remove_empty();
}

Slot::Done Subscriptions::answer_of_several(Asked asked, std::size_t parts) {
    struct Open {
        Asked asked;
        std::size_t missing;
        std::optional<Error> error;
    };
    const auto open = std::make_shared<Open>(Open{std::move(asked), parts, std::nullopt});
    return [this, open](const Slot::Outcome& outcome) {
        if (!outcome && !open->error) open->error = outcome.error();
        if (--open->missing > 0) return;
        if (open->error) return owner_.fail(open->asked, *open->error);
        owner_.succeed(open->asked);
    };
}

Slot* Subscriptions::slot_of(std::string_view name) {
    const auto found = std::ranges::find(slots_, name, &Named::name);
    return found == slots_.end() ? nullptr : found->slot.get();
}

Slot* Subscriptions::slot_with(std::uint64_t number) {
    const auto found =
        std::ranges::find_if(slots_, [&](const Named& each) { return each.slot->has(number); });
    return found == slots_.end() ? nullptr : found->slot.get();
}

Subscription* Subscriptions::find(std::string_view name) {
    Slot* slot = slot_of(name);
    return slot ? slot->subscription() : nullptr;
}

void Subscriptions::commit_acknowledged() {
    for (const Named& each : slots_) {
        if (Subscription* subscription = each.slot->subscription()) {
            subscription->commit_acknowledged();
        }
    }
}

void Subscriptions::delivered(const Outlet::Delivered& delivered) {
    if (Slot* slot = slot_with(delivered.subscription)) slot->delivered(delivered.next);
}

void Subscriptions::room() {
    for (std::size_t idle = 0; idle < slots_.size() && outlet_.has_room();) {
        turn_ = (turn_ + 1) % slots_.size();
        idle = slots_[turn_].slot->room() ? 0 : idle + 1;
    }
}

void Subscriptions::drain(const Error& error) {
    for (const Named& each : slots_) {
        each.slot->supersede(error);
        each.slot->leave([](const Slot::Outcome&) {});
    }
    remove_empty();
}

void Subscriptions::clear() { slots_.clear(); }

std::vector<std::string> Subscriptions::topics() const {
    std::vector<std::string> topics;
    for (const Named& each : slots_) {
        const TopicChoice* live = each.slot->live_topics();
        if (!live) continue;
        for (std::string& name : live->names()) {
            if (std::ranges::find(topics, name) == topics.end()) topics.push_back(std::move(name));
        }
    }
    return topics;
}

std::function<void()> Subscriptions::when_left(std::uint64_t number) {
    return owner_.later([this, number] { left(number); });
}

void Subscriptions::left(std::uint64_t number) {
    Slot* slot = slot_with(number);
    if (!slot) return;
    slot->left();
    remove_empty();
    owner_.subscriptions_moved();
}

void Subscriptions::remove_empty() {
    std::erase_if(slots_, [](const Named& each) { return each.slot->is_empty(); });
}

void Subscriptions::slot_moved() { owner_.subscriptions_moved(); }

void Subscriptions::slot_too_slow() { owner_.client_too_slow(); }

}  // namespace gateway
