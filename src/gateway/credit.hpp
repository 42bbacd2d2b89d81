#pragma once

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
    void use() { --left_; }

    [[nodiscard]] bool is_spent() const { return left_ == 0; }
    [[nodiscard]] std::size_t limit() const { return limit_; }

private:
    std::size_t limit_;
    std::size_t left_ = 0;
};

}  // namespace gateway
