#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/record.hpp"
#include "gateway/connection.hpp"

namespace gateway {

/// Everything that leaves to one client, in order: replies, gathered into frames, and frames of
/// notifications.
///
/// At most about `limit` bytes are handed to the connection and not yet written. Replies beyond
/// that wait here; notifications are not to be sent while it has no room. Pure: its owner passes
/// on what the connection says. Not thread-safe.
class Outlet {
public:
    struct Options {
        std::size_t limit = 256 << 10;            ///< Bytes handed over.
        std::size_t max_frame_bytes = 256 << 10;  ///< A frame of replies closes at this size.
    };

    /// Where a subscription stands once a frame of its notifications is written.
    struct Delivered {
        std::uint64_t subscription = 0;  ///< From 1 on; 0: the frame is of none.
        std::vector<Position> next{};
    };

    /// `connection` must outlive the calls made to this.
    Outlet(Connection& connection, Options options);

    /// The frame being gathered, ready for one more reply to be appended.
    [[nodiscard]] std::string& reply();

    /// The id of the next reply: they count up from 0.
    [[nodiscard]] std::uint64_t next_id() { return next_id_++; }

    /// Hands gathered replies over, as far as there is room. To be called at the end of whatever
    /// caused them, so that those that become due together travel together.
    void flush();

    /// No reply waits, and there is room for a frame of notifications.
    [[nodiscard]] bool has_room() const;

    /// Replies wait because the client does not read: let it ask for no more.
    [[nodiscard]] bool has_waiting_replies() const { return !replies_.empty(); }

    [[nodiscard]] std::size_t waiting_bytes() const;

    /// Sends a frame of notifications after the replies gathered so far.
    void send(std::string frame, Delivered delivered);
    void send_shared(const std::shared_ptr<const SharedFrame>& frame, Delivered delivered);

    /// Sends what is neither a reply nor of a subscription after the replies gathered so far.
    void push(std::string frame);
    void push_shared(const std::shared_ptr<const SharedFrame>& frame);

    /// Frames that are not written yet say nothing of this partition any more.
    void forget(std::uint64_t subscription, const TopicPartition& partition);

    /// So many frames are written: calls `done` for each that held notifications, oldest first.
    void written(std::size_t frames, const std::function<void(const Delivered&)>& done);

    /// Something is handed over and not yet written.
    [[nodiscard]] bool is_under_way() const { return !under_way_.empty(); }

    /// Nothing waits and nothing is under way.
    [[nodiscard]] bool is_idle() const { return replies_.empty() && under_way_.empty(); }

    /// The connection is gone: what waits and whatever is still to come is dropped.
    void detach();

private:
    struct Replies {
        std::string text = "[";
        std::size_t count = 0;
    };
    struct UnderWay {
        std::size_t bytes = 0;
        Delivered delivered;
    };

    [[nodiscard]] bool is_below_limit() const { return under_way_bytes_ < options_.limit; }
    void hand_over_shared(const std::shared_ptr<const SharedFrame>& frame, Delivered delivered);
    void hand_over(std::string frame, Delivered delivered);
    void count(std::size_t bytes, Delivered delivered);

    Connection* connection_;  ///< Null once it is gone.
    Options options_;
    std::vector<Replies> replies_;     ///< Frames of replies that wait; the last one is open.
    std::vector<UnderWay> under_way_;  ///< Frames handed over, oldest first.
    std::size_t under_way_bytes_ = 0;
    std::uint64_t next_id_ = 0;
};

}  // namespace gateway
