#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace gateway::amqp {

/// What was published on a channel and is not confirmed yet, by the number that the broker counts
/// it by: from 1 on, in order. Pure.
template <typename Item>
class ConfirmWindow {
public:
    /// The next message on the channel is this one.
    void add(Item item) { slots_.emplace_back(std::move(item)); }

    /// The broker speaks of message `number`, or with `multiple` of it and all before it. Returns
    /// what that settles, in order; nothing where it is settled, or was never sent.
    [[nodiscard]] std::vector<Item> settle(std::uint64_t number, bool multiple) {
        std::vector<Item> settled;
        if (number < first_ || number - first_ >= slots_.size()) return settled;
        const auto last = static_cast<std::size_t>(number - first_);
        for (std::size_t i = multiple ? 0 : last; i <= last; ++i) take(slots_[i], settled);
        while (!slots_.empty() && !slots_.front()) {
            slots_.pop_front();
            ++first_;
        }
        return settled;
    }

    /// Takes out every item that it is true of, and keeps their numbers.
    template <typename Condition>
    [[nodiscard]] std::vector<Item> take_if(Condition condition) {
        std::vector<Item> taken;
        for (auto& slot : slots_) {
            if (slot && condition(*slot)) take(slot, taken);
        }
        return taken;
    }

    /// The first item that it is true of, or null.
    template <typename Condition>
    [[nodiscard]] Item* find_if(Condition condition) {
        for (auto& slot : slots_) {
            if (slot && condition(*slot)) return &*slot;
        }
        return nullptr;
    }

    /// The channel is gone: returns what was not confirmed, in order, and counts from 1 again.
    [[nodiscard]] std::vector<Item> reset() {
        auto left = take_if([](const Item&) { return true; });
        slots_.clear();
        first_ = 1;
        return left;
    }

    /// How many messages the broker owes a word on, those taken out included.
    [[nodiscard]] std::size_t size() const { return slots_.size(); }
    [[nodiscard]] bool is_empty() const { return slots_.empty(); }

private:
    static void take(std::optional<Item>& slot, std::vector<Item>& to) {
        if (!slot) return;
        to.push_back(std::move(*slot));
        slot.reset();
    }

    std::deque<std::optional<Item>> slots_;
    std::uint64_t first_ = 1;  ///< The number of the front.
};

}  // namespace gateway::amqp
