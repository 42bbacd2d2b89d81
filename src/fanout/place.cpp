#include "fanout/place.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "fanout/follower.hpp"

namespace gateway::fanout {

namespace {

Position* find(std::vector<Position>& positions, std::int32_t partition) {
    const auto found = std::ranges::find(positions, partition, &Position::partition);
    return found == positions.end() ? nullptr : &*found;
}

void advance(std::vector<Position>& positions, std::int32_t partition, std::int64_t offset) {
    if (Position* position = find(positions, partition)) position->offset = offset;
}

}  // namespace

Place::Place(Follower& follower, std::shared_ptr<Branch> branch)
    : follower_(follower), branch_(std::move(branch)) {}

Place::~Place() {
    if (has_snapshot() && is_attached()) {
        follower_.snapshots().leave(*this, gathering_->snapshot.bytes());
    }
    branch_->leave(*this, follower_.view_key());
    if (follower_.has_view()) branch_->drop_view(*this, follower_.view_key());
}

void Place::begin(const std::vector<Located>& located) {
    std::vector<Position> ends;
    for (const Located& each : located) {
        ends.push_back({each.topic, each.partition, each.latest});
        wanted_.push_back({each.topic, each.partition, each.start});
    }
    std::ranges::sort(wanted_, {}, &Position::partition);
    branch_->join(*this, ends);
}

void Place::begin_after_snapshot(const std::vector<Located>& located) {
    gathering_ = std::make_unique<Gathering>();
    for (const Located& each : located) {
        gathering_->ends.push_back({each.topic, each.partition, each.latest});
    }
    begin(located);
}

void Place::attached() {
    if (phase_ != Phase::attaching) return;
    for (const Position& each : wanted_) {
        const auto& heads = branch_->ring().heads();
        if (std::ranges::find(heads, each.partition, &Position::partition) == heads.end()) return;
    }
    if (gathering_) {
        phase_ = Phase::gathering;
        follower_.snapshots().ask(*this);
    } else {
        seek();
    }
    follower_.place_attached();
}

void Place::go_on() {
    switch (phase_) {
        case Phase::attaching:
        case Phase::gathering:
        case Phase::sharing:
            return;
        case Phase::handing_out:
            return hand_out_snapshot();
        case Phase::catching_up:
            if (!follower_.is_stopped()) catch_up_->resume();
            return catch_up_->check();
        case Phase::fallen:
            if (!follower_.is_stopped()) seek();
            return;
        case Phase::walking:
            return walk();
    }
}

// What it knows of its view is of the former one: through the ring until the new one is known.
void Place::leave_view() {
    if (phase_ == Phase::sharing) {
        branch_->leave(*this, follower_.view_key());
        branch_->rejoin(*this);
        walk_from(branch_->ring().next());
    }
    branch_->drop_view(*this, follower_.view_key());
}

void Place::enter_view(const View& view) {
    branch_->want_view(*this, follower_.view_key(), view);
    if (stands_at_end() && !follower_.is_stopped()) share_if_possible();
}

void Place::walk_from(std::uint64_t sequence) {
    phase_ = Phase::walking;
    sequence_ = sequence;
    index_ = 0;
    has_told_losses_ = false;
}

void Place::before_trim(std::uint64_t oldest) {
    if (phase_ != Phase::walking || sequence_ >= oldest) return;
    wanted_ = position();
    phase_ = Phase::fallen;
}

bool Place::take(const ViewFrame& frame, const Batch& batch) {
    walk_from(batch.sequence());
    if (follower_.is_stopped() || frame.is_left_out() || !offer_frame(frame, batch)) return false;
    phase_ = Phase::sharing;
    return true;
}

void Place::failed(const Error& error) { follower_.place_failed(*this, error); }

void Place::seek() {
    if (!follower_.is_live()) {
        phase_ = Phase::fallen;
        return;
    }
    want_new_partitions();
    const auto sequence = branch_->ring().find(wanted_);
    if (!sequence) {
        phase_ = Phase::catching_up;
        return catch_up();
    }
    walk_from(*sequence);
    walk();
}

// What the topic did not have yet when the follower was located is wanted from its beginning.
void Place::want_new_partitions() {
    std::vector<Position> fresh;
    for (const Position& head : branch_->ring().heads()) {
        if (std::ranges::binary_search(wanted_, head.partition, {}, &Position::partition)) continue;
        fresh.push_back({head.topic, head.partition, 0});
    }
    wanted_.insert(wanted_.end(), fresh.begin(), fresh.end());
    std::ranges::sort(wanted_, {}, &Position::partition);
}

void Place::catch_up() {
    catch_up_ =
        std::make_unique<CatchUp>(branch_->executor(), follower_.broker(), follower_.catch_ups(),
                                  static_cast<CatchUp::Owner&>(*this));
    catch_up_->start();
}

std::size_t Place::caught_up(std::span<const Record> records) {
    if (phase_ == Phase::gathering) return gather(records);
    if (follower_.is_stopped()) return 0;
    const std::size_t taken = follower_.events().records(records);
    static_cast<void>(follower_.took(taken == records.size()));
    for (const Record& record : records.first(taken)) {
        advance(wanted_, record.partition, record.offset + 1);
    }
    return taken;
}

void Place::may_gather() {
    if (catch_up_) return catch_up_->resume();
    catch_up();
}

void Place::no_room(const Error& error) { follower_.place_failed(*this, error); }

std::size_t Place::gather(std::span<const Record> records) {
    auto& [snapshot, ends] = *gathering_;
    std::size_t taken = 0;
    for (const Record& record : records) {
        if (!follower_.snapshots().has_room(*this)) break;
        ++taken;
        const Position* end = find(ends, record.partition);
        if (end && record.offset < end->offset) {
            const std::size_t before = snapshot.bytes();
            snapshot.add(record);
            follower_.snapshots().resize(before, snapshot.bytes());
        }
        advance(wanted_, record.partition, record.offset + 1);
    }
    if (snapshot.bytes() > follower_.limits().max_snapshot_bytes) {
        catch_up_failed(Error(Errc::limit_reached,
                              fmt::format("the snapshot of \"{}\" is larger than "
                                          "fanout.max_snapshot_bytes allows, {}",
                                          topic(), follower_.limits().max_snapshot_bytes)));
    }
    return taken;
}

void Place::passed(const Position& position) {
    advance(wanted_, position.partition, position.offset);
    if (phase_ != Phase::gathering) return;
    // A topic that was deleted and is there again ends before where it was located.
    Position* end = find(gathering_->ends, position.partition);
    if (end) end->offset = std::min(end->offset, position.offset);
}

void Place::caught_lost(const Lost& lost) {
    // A snapshot has what is kept, and misses nothing.
    if (phase_ != Phase::gathering) follower_.place_lost(lost);
    advance(wanted_, lost.partition, lost.next);
}

void Place::catch_up_failed(const Error& error) { follower_.place_failed(*this, error); }

bool Place::reaches_ring() {
    if (phase_ == Phase::gathering) {
        return std::ranges::all_of(gathering_->ends, [this](const Position& end) {
            return find(wanted_, end.partition)->offset >= end.offset;
        });
    }
    return branch_->ring().find(wanted_).has_value();
}

void Place::enter_ring() {
    catch_up_.reset();
    if (phase_ == Phase::gathering) {
        wanted_ = std::exchange(gathering_->ends, {});
        phase_ = Phase::handing_out;
        follower_.snapshots().gathered(*this);
        hand_out_snapshot();
    } else {
        seek();
    }
}

void Place::hand_out_snapshot() {
    constexpr std::size_t at_once = 1000;
    while (gathering_ && gathering_->snapshot.size() > 0) {
        if (follower_.is_stopped()) return;
        Snapshot& snapshot = gathering_->snapshot;
        const auto records = snapshot.first(at_once);
        const std::size_t taken = follower_.events().records(records);
        const std::size_t before = snapshot.bytes();
        snapshot.take(taken);
        follower_.snapshots().resize(before, snapshot.bytes());
        if (!follower_.took(taken == records.size())) return;
    }
    if (gathering_) {
        follower_.snapshots().leave(*this, 0);
        gathering_.reset();
        follower_.snapshot_handed_out();
    }
    if (!follower_.has_snapshots()) seek();
}

void Place::walk() {
    while (!follower_.is_stopped()) {
        const Ring& ring = branch_->ring();
        if (stands_at_end()) return share_if_possible();
        const Batch& batch = ring.at(sequence_);
        if (!offer(batch)) return;
        walk_from(sequence_ + 1);
    }
}

bool Place::offer(const Batch& batch) {
    if (index_ == 0) {
        if (!std::exchange(has_told_losses_, true)) tell(batch.losses());
        const auto view = wanted_.empty() && follower_.has_view()
                              ? branch_->view_at(follower_.view_key(), batch.sequence())
                              : std::nullopt;
        if (view) {
            const ViewFrame* frame = batch.frame_of(*view);
            if (!frame) return true;
            if (!frame->is_left_out()) return offer_frame(*frame, batch);
        }
    }
    if (!offer_records(batch)) return false;
    prune(batch);
    return true;
}

void Place::tell(const std::vector<Lost>& losses) {
    for (Lost lost : losses) {
        if (const Position* wanted = find(wanted_, lost.partition)) {
            lost.wanted = std::max(lost.wanted, wanted->offset);
        }
        if (lost.wanted < lost.next) follower_.place_lost(lost);
    }
}

bool Place::offer_frame(const ViewFrame& frame, const Batch& batch) {
    if (frame.frame) return follower_.took(follower_.events().frame(frame.frame, batch.ranges()));
    const std::span<const Record> all(batch.records());
    for (const std::uint32_t each : frame.records) {
        const std::size_t taken = follower_.events().records(all.subspan(each, 1));
        index_ = each + taken;
        if (!follower_.took(taken == 1)) return false;
    }
    return true;
}

bool Place::offer_records(const Batch& batch) {
    const std::span<const Record> all(batch.records());
    while (index_ < all.size()) {
        // A run of records that are wanted, or one of records that are not.
        std::size_t end = index_;
        const auto is_wanted = [this](const Record& record) {
            const Position* from = find(wanted_, record.partition);
            return !from || record.offset >= from->offset;
        };
        while (end < all.size() && (wanted_.empty() || is_wanted(all[end]))) ++end;
        if (end == index_) {
            ++index_;
            continue;
        }
        const auto run = all.subspan(index_, end - index_);
        const std::size_t taken = follower_.events().records(run);
        index_ += taken;
        if (!follower_.took(taken == run.size())) return false;
    }
    return true;
}

// From here on the ring has nothing before what is wanted of these partitions.
void Place::prune(const Batch& batch) {
    if (wanted_.empty()) return;
    for (const Range& range : batch.ranges()) {
        const Position* wanted = find(wanted_, range.partition);
        if (wanted && wanted->offset <= range.to) {
            wanted_.erase(wanted_.begin() + (wanted - wanted_.data()));
        }
    }
}

void Place::share_if_possible() {
    const Ring& ring = branch_->ring();
    std::erase_if(wanted_, [&](const Position& wanted) {
        const auto head = std::ranges::find(ring.heads(), wanted.partition, &Position::partition);
        return head != ring.heads().end() && wanted.offset <= head->offset;
    });
    if (!wanted_.empty() || !follower_.has_view()) return;
    if (!branch_->share(*this, follower_.view_key())) return;
    wanted_.shrink_to_fit();
    phase_ = Phase::sharing;
}

bool Place::stands_at_end() const {
    return phase_ == Phase::walking && sequence_ == branch_->ring().next();
}

std::vector<Position> Place::position() const {
    const Ring& ring = branch_->ring();
    if (phase_ == Phase::sharing) return ring.heads();
    if (phase_ != Phase::walking) return wanted_;
    std::vector<Position> position = ring.heads_at(sequence_);
    for (Position& each : position) {
        const auto wanted = std::ranges::find(wanted_, each.partition, &Position::partition);
        if (wanted != wanted_.end()) each.offset = std::max(each.offset, wanted->offset);
    }
    if (index_ == 0) return position;
    const Batch& batch = ring.at(sequence_);
    for (const Record& record : std::span(batch.records()).first(index_)) {
        auto* each = find(position, record.partition);
        each->offset = std::max(each->offset, record.offset + 1);
    }
    return position;
}

}  // namespace gateway::fanout
