#include "services/archive.hpp"

#include <utility>

namespace gateway::services {
namespace {

std::size_t size_of(const Archive::Ended& ended) {
    const auto& outcome = ended.view.outcome;
    const bool has_body = outcome && *outcome && (*outcome)->body;
    return ended.view.service.size() + ended.view.command.size() + ended.key.size() +
           (has_body ? (*outcome)->body->size() : 0);
}

}  // namespace

Archive::Archive(const Options& options, std::function<void(const Ended&)> on_forgotten)
    : options_(options), on_forgotten_(std::move(on_forgotten)) {}

void Archive::add(Ended ended, Time now) {
    const Uuid id = ended.view.id;
    const std::size_t bytes = size_of(ended);
    by_id_[id] = forgotten_ + kept_.size();
    kept_.push_back({.ended = std::move(ended), .until = now + options_.keep, .bytes = bytes});
    bytes_ += bytes;
    forget(now);
}

const Archive::Ended* Archive::find(const Uuid& job, Time now) {
    forget(now);
    const auto found = by_id_.find(job);
    return found == by_id_.end() ? nullptr : &kept_[found->second - forgotten_].ended;
}

void Archive::forget(Time now) {
    while (!kept_.empty() && (kept_.size() > options_.max_jobs || bytes_ > options_.max_bytes ||
                              kept_.front().until <= now)) {
        forget_first();
    }
}

void Archive::forget_first() {
    const Kept& first = kept_.front();
    bytes_ -= first.bytes;
    by_id_.erase(first.ended.view.id);
    on_forgotten_(first.ended);
    kept_.pop_front();
    ++forgotten_;
}

}  // namespace gateway::services
