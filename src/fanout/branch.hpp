#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "broker/record.hpp"
#include "fanout/batch.hpp"
#include "fanout/ring.hpp"
#include "gateway/view.hpp"

namespace gateway::fanout {

class Trunk;
class Place;

/// A shard's side of one topic that the trunk reads: the shard's followers of it, and the ring as
/// far as the trunk has told.
///
/// Followers at the ring's end whose view the trunk encodes are handed its frames; the others go
/// through the ring by themselves. The trunk encodes a view from when the first follower of it
/// stands there until nobody has taken its frames for a while, or not at all if there are too many
/// views. On the shard's thread; the trunk posts to it.
class Branch : public std::enable_shared_from_this<Branch> {
public:
    /// `trunk` must outlive it.
    Branch(asio::any_io_executor executor, Trunk& trunk, std::string topic);

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] const std::string& topic() const { return topic_; }
    [[nodiscard]] Trunk& trunk() { return trunk_; }

    // For places.

    /// It is told when the ring is known, and what follows. Reading begins at `ends` in partitions
    /// that nobody reads yet.
    void join(Place& place, const std::vector<Position>& ends);
    void leave(Place& place, const std::string& view_key);

    /// One that left the sharing of its view stays.
    void rejoin(Place& place);

    /// It has this view, which may be shared until it drops it.
    void want_view(Place& place, const std::string& key, const View& view);
    void drop_view(Place& place, const std::string& key);

    /// The view's id, if the trunk has made frames for it since before `sequence`; it is to be
    /// used.
    [[nodiscard]] std::optional<ViewId> view_at(const std::string& key, std::uint64_t sequence);

    /// The place stands at the end of the ring. True if it takes its view's frames from now on;
    /// otherwise it may ask again after the next batch.
    [[nodiscard]] bool share(Place& place, const std::string& key);

    [[nodiscard]] const Ring& ring() const { return ring_; }

    // For the trunk, posted.

    void attached(Ring ring);
    void began(const std::vector<Position>& heads);
    void arrived(const BatchPointer& batch);
    void view_known(const std::string& key, ViewId id, std::uint64_t since);
    void view_refused(const std::string& key);
    void failed(const Error& error);

    /// Nobody follows it any more.
    [[nodiscard]] bool is_idle() const { return places_ == 0; }

    /// The trunk has given it up, and nobody may join it.
    [[nodiscard]] bool is_failed() const { return is_failed_; }

private:
    struct SharedView {
        View view;
        std::unordered_set<Place*> places;  ///< Those that have it.
        std::optional<ViewId> id;
        bool is_asked = false;        ///< The trunk has yet to answer.
        std::uint64_t since = 0;      ///< It has frames, or may be asked for again, from here on.
        std::vector<Place*> sharing;  ///< At the end of the ring.
        int untaken = 0;              ///< Frames in a row.
    };

    /// These go through the ring by themselves from this batch on.
    void part(SharedView& view, std::uint64_t sequence);
    void hand_out(const Batch& batch);
    void hand_out(const Batch& batch, const ViewFrame& frame, SharedView& view);
    void rest(ViewId id);

    asio::any_io_executor executor_;
    Trunk& trunk_;
    std::string topic_;
    Ring ring_;
    bool is_failed_ = false;
    std::size_t places_ = 0;                ///< All.
    std::unordered_set<Place*> attaching_;  ///< Those that wait for the ring.
    std::unordered_set<Place*> walking_;    ///< Those that are not in a SharedView's `sharing`.
    std::unordered_map<std::string, SharedView> views_;
    std::unordered_map<ViewId, SharedView*> by_id_;
};

}  // namespace gateway::fanout
