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

    /// For one notification; there must be credit.
    void use() {
        assert(!is_spent());
        --left_;
    }

    /// Adds what is left of another's, and so many that it has used in vain, to the limit at most.
    void add(const Credit& other, std::size_t in_vain) {
        left_ += std::min(other.left_ + in_vain, limit_ - left_);
    }

    [[nodiscard]] bool is_spent() const { return left_ == 0; }
    [[nodiscard]] std::size_t limit() const { return limit_; }

private:
    std::size_t limit_;
    std::size_t left_ = 0;
};

}  // namespace gateway
