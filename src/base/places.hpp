#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace gateway {

/// Places for connections: those who admit them count them in, and refuse those beyond the limit.
/// Any thread, but for `limit` and `shared`, which are set before.
struct Places {
    std::size_t limit = 0;
    Places* shared = nullptr;  ///< With others, if any: what is counted here counts there, too.
    std::atomic<std::size_t> taken{0};

    void add() {
        ++taken;
        if (shared) shared->add();
    }
    void remove() {
        --taken;
        if (shared) shared->remove();
    }

    [[nodiscard]] bool has_room() const { return taken < limit && (!shared || shared->has_room()); }
    [[nodiscard]] bool is_exceeded() const {
        return taken > limit || (shared && shared->is_exceeded());
    }

    /// So far that there is no time for a handshake and a polite close: descriptors end.
    [[nodiscard]] bool is_far_exceeded() const {
        const std::size_t margin = std::min<std::size_t>(limit / 8 + 8, 1024);
        const std::size_t open = taken;
        return (open > limit && open - limit > margin) || (shared && shared->is_far_exceeded());
    }
};

}  // namespace gateway
