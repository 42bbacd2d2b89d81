#include "fanout/branch.hpp"

#include <algorithm>
#include <utility>

#include "fanout/place.hpp"
#include "fanout/trunk.hpp"

namespace gateway::fanout {

namespace {

/// Until a view rests: one that its followers take now and then is encoded on.
constexpr int max_untaken = 16;

/// Until one that was refused is asked for again.
constexpr std::uint64_t refusal_batches = 64;

}  // namespace

Branch::Branch(asio::any_io_executor executor, Trunk& trunk, std::string topic)
    : executor_(std::move(executor)), trunk_(trunk), topic_(std::move(topic)) {}

void Branch::join(Place& place, const std::vector<Position>& ends) {
    ++places_;
    attaching_.insert(&place);
    walking_.insert(&place);
    // Again, since there may be partitions that nobody reads.
    trunk_.attach(shared_from_this(), ends);
}

void Branch::leave(Place& place, const std::string& view_key) {
    --places_;
    attaching_.erase(&place);
    if (walking_.erase(&place) > 0) return;
    const auto found = views_.find(view_key);
    if (found != views_.end()) std::erase(found->second.sharing, &place);
}

void Branch::rejoin(Place& place) {
    ++places_;
    walking_.insert(&place);
}

void Branch::want_view(Place& place, const std::string& key, const View& view) {
    const auto [shared, is_new] = views_.try_emplace(key);
    if (is_new) shared->second.view = view;
    shared->second.places.insert(&place);
}

void Branch::drop_view(Place& place, const std::string& key) {
    const auto found = views_.find(key);
    found->second.places.erase(&place);
    if (!found->second.places.empty()) return;
    if (const auto id = found->second.id) {
        by_id_.erase(*id);
        trunk_.remove_view(shared_from_this(), *id);
    }
    views_.erase(found);
}

std::optional<ViewId> Branch::view_at(const std::string& key, std::uint64_t sequence) {
    const auto found = views_.find(key);
    if (found == views_.end() || !found->second.id || sequence < found->second.since) {
        return std::nullopt;
    }
    found->second.untaken = 0;
    return found->second.id;
}

bool Branch::share(Place& place, const std::string& key) {
    SharedView& view = views_.at(key);
    if (view.is_asked || ring_.next() < view.since) return false;
    if (!view.id) {
        view.is_asked = true;
        trunk_.add_view(shared_from_this(), view.view, key);
        return false;
    }
    walking_.erase(&place);
    view.sharing.push_back(&place);
    return true;
}

void Branch::attached(Ring ring) {
    if (is_failed_) return;
    ring_ = std::move(ring);
    began({});
}

void Branch::began(const std::vector<Position>& heads) {
    if (is_failed_) return;
    for (const Position& head : heads) ring_.begin(head);
    const std::vector<Place*> places(attaching_.begin(), attaching_.end());
    for (Place* place : places) {
        place->attached();
        if (place->is_attached()) attaching_.erase(place);
    }
}

void Branch::arrived(const BatchPointer& batch) {
    if (is_failed_) return trunk_.processed(shared_from_this());
    ring_.push(batch);
    if (!batch->losses().empty()) {
        for (auto& [key, view] : views_) part(view, batch->sequence());
    }
    hand_out(*batch);
    for (Place* place : walking_) place->before_trim(batch->oldest());
    ring_.trim_before(batch->oldest());
    const std::vector<Place*> walking(walking_.begin(), walking_.end());
    for (Place* place : walking) place->go_on();
    trunk_.processed(shared_from_this());
}

void Branch::part(SharedView& view, std::uint64_t sequence) {
    for (Place* place : std::exchange(view.sharing, {})) {
        walking_.insert(place);
        place->walk_from(sequence);
    }
}

void Branch::hand_out(const Batch& batch) {
    std::vector<ViewId> untaken;
    for (const ViewFrame& frame : batch.frames()) {
        const auto found = by_id_.find(frame.view);
        if (found == by_id_.end()) continue;
        SharedView& view = *found->second;
        if (view.sharing.empty() && ++view.untaken == max_untaken) untaken.push_back(frame.view);
        hand_out(batch, frame, view);
    }
    for (const ViewId id : untaken) rest(id);
}

void Branch::hand_out(const Batch& batch, const ViewFrame& frame, SharedView& view) {
    auto& sharing = view.sharing;
    for (std::size_t i = 0; i < sharing.size();) {
        Place* place = sharing[i];
        if (place->take(frame, batch)) {
            view.untaken = 0;
            ++i;
            continue;
        }
        sharing[i] = sharing.back();
        sharing.pop_back();
        walking_.insert(place);
    }
}

void Branch::rest(ViewId id) {
    const auto found = by_id_.find(id);
    found->second->id.reset();
    found->second->untaken = 0;
    by_id_.erase(found);
    trunk_.remove_view(shared_from_this(), id);
}

void Branch::view_known(const std::string& key, ViewId id, std::uint64_t since) {
    const auto found = views_.find(key);
    if (found == views_.end() || found->second.id) {
        // Given up meanwhile, or asked for twice.
        trunk_.remove_view(shared_from_this(), id);
        return;
    }
    SharedView& view = found->second;
    view.id = id;
    view.since = since;
    view.is_asked = false;
    by_id_.emplace(id, &view);
    const std::vector<Place*> places(view.places.begin(), view.places.end());
    for (Place* place : places) place->go_on();
}

void Branch::view_refused(const std::string& key) {
    const auto found = views_.find(key);
    if (found == views_.end() || found->second.id) return;
    found->second.is_asked = false;
    found->second.since = ring_.next() + refusal_batches;
}

void Branch::failed(const Error& error) {
    if (std::exchange(is_failed_, true)) return;
    std::vector<Place*> places(walking_.begin(), walking_.end());
    for (const auto& [key, view] : views_) {
        places.insert(places.end(), view.sharing.begin(), view.sharing.end());
    }
    for (Place* place : places) place->failed(error);
}

}  // namespace gateway::fanout
