#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "gateway/connection.hpp"
#include "gateway/counters.hpp"
#include "gateway/options.hpp"
#include "gateway/outlet.hpp"

namespace gateway {

/// What one client is sent unasked beside its subscriptions' notifications: events, changes of the
/// services that it watches, and commands. In order.
///
/// Where its socket has no room they wait here, and commands also while a frame is under way: then
/// they leave together. Of events and changes at most what the options
/// allow: those beyond are left out, and a gap says where and how many. Commands are not left out;
/// where too many bytes of them wait, the client is to be given up. Pure. Not thread-safe.
class Pushes {
public:
    /// What is passed by reference must outlive it.
    Pushes(Outlet& outlet, const PushOptions& options, Counters& counters);

    /// So many events in one frame.
    void add_events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count);
    void add_change(std::string message);
    void add_command(std::string message);

    /// Sends what there is room for.
    void flush();

    [[nodiscard]] bool is_empty() const { return waiting_.empty(); }

    /// More commands wait than a client may leave unread.
    [[nodiscard]] bool is_too_slow() const {
        return command_bytes_ > options_.max_unread_command_bytes;
    }

    /// The connection is gone.
    void clear();

private:
    enum class Kind : std::uint8_t { events, change, command };

    struct Push {
        Kind kind{};
        std::size_t count = 1;
        std::shared_ptr<const SharedFrame>
            frame{};  ///< Null: `text`, or a gap where that is empty.
        std::string text{};

        [[nodiscard]] bool is_gap() const { return !frame && text.empty(); }
        [[nodiscard]] std::size_t bytes() const { return frame ? frame->size() : text.size(); }
    };

    void add(Push push);
    void leave_out(Kind kind, std::size_t count);
    void add_further_commands(std::string& text);
    [[nodiscard]] std::string text_of_gap(const Push& gap);

    Outlet& outlet_;
    const PushOptions& options_;
    Counters& counters_;
    std::list<Push> waiting_;
    std::size_t bytes_ = 0;          ///< Of events and changes that wait.
    std::size_t count_ = 0;          ///< Of those.
    std::size_t command_bytes_ = 0;  ///< Of commands that wait.
};

}  // namespace gateway
