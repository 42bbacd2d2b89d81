#pragma once

#include <cstdint>

namespace gateway::cluster {

/// How words go between this node and another: each counts its own, so that one that comes twice is
/// known, and so is one that is missing. Pure.
///
/// A life of a link is what its sender knows the other to have heard, one word after the other. It
/// begins with a hello, and anew when a word was lost: then both forget what they had in common.
class Link {
public:
    /// A life begins; its number is higher than all before.
    void begin(std::uint64_t life) {
        out_life_ = life;
        out_number_ = 0;
    }
    [[nodiscard]] std::uint64_t life() const { return out_life_; }

    /// Of the next word that is sent; then it was sent.
    [[nodiscard]] std::uint64_t next_number() const { return out_number_ + 1; }
    void sent() { ++out_number_; }

    /// Whether the other's words are heard: it has said hello.
    [[nodiscard]] bool is_open() const { return in_life_ != 0; }
    [[nodiscard]] std::uint64_t seen() const { return in_life_; }

    enum class Heard : std::uint8_t {
        word,       ///< The next: mind it.
        nothing,    ///< It came before, or belongs to another life.
        beginning,  ///< The other's first life.
        new_life,   ///< Its next: it has forgotten what there was in common.
        gap,        ///< Words are missing. Nothing is heard before the other says hello.
    };
    Heard hear(std::uint64_t life, std::uint64_t number, bool is_hello) {
        if (is_hello && life > in_life_) {
            const bool was_open = is_open();
            in_life_ = life;
            in_number_ = number;
            return was_open ? Heard::new_life : Heard::beginning;
        }
        if (in_life_ == 0 || life != in_life_ || number <= in_number_) return Heard::nothing;
        if (number != in_number_ + 1) {
            in_life_ = 0;
            return Heard::gap;
        }
        in_number_ = number;
        return Heard::word;
    }

private:
    std::uint64_t out_life_ = 0;
    std::uint64_t out_number_ = 0;
    std::uint64_t in_life_ = 0;
    std::uint64_t in_number_ = 0;
};

}  // namespace gateway::cluster
