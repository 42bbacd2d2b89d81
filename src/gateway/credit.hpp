#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace gateway {

/// How many notifications a client has asked for and not got yet. Pure; not thread-safe.
class Credit {
public:
    explicit Credit(std::size_t limit) : limit_(limit) {}

    /// False, and nothing is added, if that would be more than the limit.
    [[nodiscard]] bool add(std::size_t count) {
        if (count > limit_ - left_) return false;
        left_ += count;
        return true;
    }

    /// For one notification, which has yet to leave; there must be credit.
    void use() {
        assert(!is_spent());
        --left_;
        ++uncertain_;
    }

    /// What it was used for has left.
    void settle() { uncertain_ = 0; }

    /// Adds what is left of another's, and what that was used for in vain, to the limit at most.
    void take_over(const Credit& other) {
        left_ += std::min(other.left_ + other.uncertain_, limit_ - left_);
    }

    [[nodiscard]] bool is_spent() const { return left_ == 0; }
    [[nodiscard]] std::size_t limit() const { return limit_; }

private:
    std::size_t limit_;
    std::size_t left_ = 0;
    std::size_t uncertain_ = 0;  ///< Used for what has not left yet.
};

}  // namespace gateway
