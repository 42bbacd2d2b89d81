#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "broker/record.hpp"

namespace gateway::amqp {

/// What is known of where records go: whether it was found to be there. The default exchange, whose
/// name is empty, always is. Pure.
class Destinations {
public:
    enum class Standing : std::uint8_t { unknown, asked, there };

    [[nodiscard]] Standing standing(const OutgoingRecord& record) {
        if (record.destination == Destination::exchange && record.topic.empty()) {
            return Standing::there;
        }
        if (last_ && last_->what == record.destination && last_->name == record.topic) {
            return Standing::there;
        }
        const auto found = places_.find(Key{record.destination, std::string(record.topic)});
        if (found == places_.end()) return Standing::unknown;
        if (found->second == Standing::there) last_ = &found->first;
        return found->second;
    }

    /// Somebody asks for it. Where too many are remembered, those that are there are forgotten.
    void ask(const OutgoingRecord& record) {
        if (places_.size() >= max_places) {
            last_ = nullptr;
            std::erase_if(places_, [](const auto& each) { return each.second == Standing::there; });
        }
        places_.emplace(Key{record.destination, std::string(record.topic)}, Standing::asked);
    }

    /// False if nobody asks for it any more.
    [[nodiscard]] bool answer(Destination what, const std::string& name, bool is_there) {
        const auto found = places_.find(Key{what, name});
        if (found == places_.end()) return false;
        if (is_there) {
            found->second = Standing::there;
        } else {
            places_.erase(found);
        }
        return true;
    }

    void forget(const OutgoingRecord& record) {
        last_ = nullptr;
        places_.erase(Key{record.destination, std::string(record.topic)});
    }

    void clear() {
        last_ = nullptr;
        places_.clear();
    }

private:
    static constexpr std::size_t max_places = 10000;

    struct Key {
        Destination what;
        std::string name;

        friend auto operator<=>(const Key&, const Key&) = default;
    };

    std::map<Key, Standing> places_;
    const Key* last_ = nullptr;  ///< The one that was found to be there last.
};

}  // namespace gateway::amqp
