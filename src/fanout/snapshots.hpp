#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "gateway/alarm.hpp"

namespace gateway::fanout {

/// Bounds what the snapshots of a shard and broker hold together, while they are gathered and until
/// their clients have read them.
///
/// So many are gathered at once, first come first served. Once they hold all that they may, those
/// that gather wait until a client has read some; where none has anything to read the oldest goes
/// on, so that one gets ready. So they exceed the bound by one snapshot at most. Those that wait
/// fail with limit_reached where nothing moves for `patience`.
///
/// On the shard's thread.
class Snapshots {
public:
    struct Options {
        std::size_t max_bytes = 0;
        std::size_t max_gathering = 1;
        std::chrono::milliseconds patience{};
    };

    class Holder {
    public:
        /// It may begin, or go on. Within no call of its own.
        virtual void may_gather() = 0;
        virtual void no_room(const Error& error) = 0;

    protected:
        ~Holder() = default;
    };

    /// `executor` must outlive it.
    Snapshots(const asio::any_io_executor& executor, Options options);

    /// `may_gather` follows.
    void ask(Holder& who);

    /// Whether it may take one more record; if not, `may_gather` follows.
    [[nodiscard]] bool has_room(Holder& who);

    /// It holds so many bytes now.
    void resize(std::size_t before, std::size_t now);

    /// It has all of its snapshot, and hands it out.
    void gathered(Holder& who);

    /// It is over, and held so much.
    void leave(Holder& who, std::size_t bytes);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct Gatherer {
        Holder* who = nullptr;
        bool is_waiting = false;
    };

    [[nodiscard]] bool may_grow(const Holder& who) const;
    [[nodiscard]] bool is_full() const { return bytes_ >= options_.max_bytes; }
    void go_on_later();
    void go_on();
    void watch();
    void give_up();

    Options options_;
    std::size_t bytes_ = 0;
    std::size_t ready_ = 0;            ///< Those that are handed out.
    std::vector<Gatherer> gathering_;  ///< The oldest first.
    std::deque<Holder*> waiting_;      ///< To begin.
    bool has_moved_ = false;           ///< Since `watch`.
    Alarm next_;
    Alarm patience_;
};

}  // namespace gateway::fanout
