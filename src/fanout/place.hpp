#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"
#include "fanout/batch.hpp"
#include "fanout/branch.hpp"
#include "fanout/catch_up.hpp"
#include "fanout/snapshot.hpp"
#include "fanout/snapshots.hpp"
#include "gateway/broadcast.hpp"

namespace gateway::fanout {

class Follower;

/// Where one follower stands in one topic.
///
/// It walks through the branch's ring; where the ring does not reach back far enough it reads from
/// the broker until it does; at the ring's end it takes the frames of its view, if it has one.
class Place final : private CatchUp::Owner, private Snapshots::Holder {
public:
    /// `follower` must outlive it.
    Place(Follower& follower, std::shared_ptr<Branch> branch);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Begins at the `start` of each partition.
    void begin(const std::vector<Located>& located);

    /// First hands over the newest record of each key before the `latest` of each partition, as
    /// far as that is kept, and then begins there.
    void begin_after_snapshot(const std::vector<Located>& located);

    /// The follower has room again, or its view has changed.
    void go_on();

    /// To be called before the follower's view changes, and once it has one.
    void leave_view();
    void enter_view(const View& view);

    // For the branch.

    /// The ring is known.
    void attached();

    /// It left the ring's end; `sequence` is the first batch that it has not seen.
    void walk_from(std::uint64_t sequence);

    /// The ring is about to lose what is before `oldest`.
    void before_trim(std::uint64_t oldest);

    /// What its view sees of the batch at the end of the ring. False if it does not take all of
    /// it that way: then it has left the end, and walks.
    [[nodiscard]] bool take(const ViewFrame& frame, const Batch& batch);

    void failed(const Error& error);

    [[nodiscard]] const std::string& topic() const { return branch_->topic(); }
    [[nodiscard]] const std::shared_ptr<Branch>& branch() const { return branch_; }
    /// Everything before these was handed over, or is not seen.
    [[nodiscard]] std::vector<Position> position() const override;

    [[nodiscard]] bool is_attached() const { return phase_ != Phase::attaching; }

    /// Not all of its snapshot is handed over.
    [[nodiscard]] bool has_snapshot() const { return gathering_ != nullptr; }

private:
    struct Gathering {
        Snapshot snapshot;
        std::vector<Position> ends;
    };
    enum class Phase : std::uint8_t {
        attaching,    ///< The ring is not known.
        gathering,    ///< Reads a snapshot from the broker.
        handing_out,  ///< Hands it over, and waits for those of other topics.
        catching_up,  ///< Reads from the broker.
        fallen,       ///< Would seek its place, once there is room for what is there.
        walking,      ///< Somewhere in the ring.
        sharing,      ///< At its end.
    };

    [[nodiscard]] std::size_t caught_up(std::span<const Record> records) override;
    void passed(const Position& position) override;
    void caught_lost(const Lost& lost) override;
    void catch_up_failed(const Error& error) override;
    [[nodiscard]] bool reaches_ring() override;
    void enter_ring() override;

    void may_gather() override;
    void no_room(const Error& error) override;

    [[nodiscard]] std::size_t gather(std::span<const Record> records);
    void hand_out_snapshot();
    void seek();
    void want_new_partitions();
    void catch_up();
    void walk();
    void tell(const std::vector<Lost>& losses);
    [[nodiscard]] bool offer(const Batch& batch);
    [[nodiscard]] bool offer_frame(const ViewFrame& frame, const Batch& batch);
    [[nodiscard]] bool offer_records(const Batch& batch);
    void prune(const Batch& batch);
    void share_if_possible();
    [[nodiscard]] bool stands_at_end() const;

    Follower& follower_;
    std::shared_ptr<Branch> branch_;
    std::uint64_t sequence_ = 0;  ///< The next batch, while walking.
    std::size_t index_ = 0;       ///< The next record in it.
    Phase phase_ = Phase::attaching;
    bool has_told_losses_ = false;

    /// Where it stands while it reads from the broker. Then records before these are not wanted,
    /// for as long as the ring may hold some. Ordered by partition.
    std::vector<Position> wanted_;

    std::unique_ptr<Gathering> gathering_;
    std::unique_ptr<CatchUp> catch_up_;
};

}  // namespace gateway::fanout
