#include "fanout/branch.hpp"

#include <algorithm>
#include <utility>

#include "fanout/hub.hpp"
#include "fanout/place.hpp"

namespace gateway::fanout {

Branch::Branch(asio::any_io_executor executor, Hub& hub, std::string topic)
    : executor_(std::move(executor)), hub_(hub), topic_(std::move(topic)) {}

void Branch::join(Place& place, const std::vector<Position>& ends) {
    places_.insert(&place);
    attaching_.insert(&place);
    walking_.insert(&place);
    // Again, since there may be partitions that nobody reads.
    hub_.attach(shared_from_this(), ends);
}

void Branch::leave(Place& place, const std::string& view_key) {
    places_.erase(&place);
    attaching_.erase(&place);
    if (walking_.erase(&place) > 0) return;
    const auto found = views_.find(view_key);
    if (found != views_.end()) std::erase(found->second.sharing, &place);
}

void Branch::rejoin(Place& place) {
    places_.insert(&place);
    walking_.insert(&place);
}

void Branch::want_view(Place& place, const std::string& key, const View& view) {
    auto& places = views_[key].places;
    places.insert(&place);
    if (places.size() == 1) hub_.add_view(shared_from_this(), view, key);
}

void Branch::drop_view(Place& place, const std::string& key) {
    const auto found = views_.find(key);
    found->second.places.erase(&place);
    if (!found->second.places.empty()) return;
    if (const auto id = found->second.id) {
        by_id_.erase(*id);
        hub_.remove_view(shared_from_this(), *id);
    }
    views_.erase(found);
}

std::optional<ViewId> Branch::view_at(const std::string& key, std::uint64_t sequence) const {
    const auto found = views_.find(key);
    if (found == views_.end() || !found->second.id || sequence < found->second.since) {
        return std::nullopt;
    }
    return found->second.id;
}

void Branch::share(Place& place, const std::string& key) {
    walking_.erase(&place);
    views_.at(key).sharing.push_back(&place);
}

void Branch::attached(Ring ring) {
    if (is_failed_) return;
    is_attached_ = true;
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
    if (is_failed_) return hub_.processed(shared_from_this());
    if (!is_attached_) return;
    ring_.push(batch);
    if (!batch->losses().empty()) {
        for (auto& [key, view] : views_) part(view, batch->sequence());
    }
    hand_out(*batch);
    for (Place* place : walking_) place->before_trim(batch->oldest());
    ring_.trim_before(batch->oldest());
    const std::vector<Place*> walking(walking_.begin(), walking_.end());
    for (Place* place : walking) place->go_on();
    hub_.processed(shared_from_this());
}

void Branch::part(SharedView& view, std::uint64_t sequence) {
    for (Place* place : std::exchange(view.sharing, {})) {
        walking_.insert(place);
        place->walk_from(sequence);
    }
}

void Branch::hand_out(const Batch& batch) {
    for (const ViewFrame& frame : batch.frames()) {
        const auto found = by_id_.find(frame.view);
        if (found == by_id_.end()) continue;
        auto& sharing = found->second->sharing;
        for (std::size_t i = 0; i < sharing.size();) {
            Place* place = sharing[i];
            if (place->take(frame, batch)) {
                ++i;
                continue;
            }
            sharing[i] = sharing.back();
            sharing.pop_back();
            walking_.insert(place);
            place->walk_from(batch.sequence());
        }
    }
}

void Branch::view_known(const std::string& key, ViewId id, std::uint64_t since) {
    const auto found = views_.find(key);
    if (found == views_.end() || found->second.id) {
        // Given up meanwhile, or asked for twice.
        hub_.remove_view(shared_from_this(), id);
        return;
    }
    found->second.id = id;
    found->second.since = since;
    by_id_.emplace(id, &found->second);
    const auto& wanting = found->second.places;
    const std::vector<Place*> places(wanting.begin(), wanting.end());
    for (Place* place : places) place->go_on();
}

void Branch::failed(const Error& error) {
    if (std::exchange(is_failed_, true)) return;
    const std::vector<Place*> places(places_.begin(), places_.end());
    for (Place* place : places) place->failed(error);
}

}  // namespace gateway::fanout
