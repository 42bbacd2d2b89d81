#include "fanout/snapshots.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gateway::fanout {

namespace {

constexpr std::chrono::milliseconds at_once{0};

}  // namespace

Snapshots::Snapshots(const asio::any_io_executor& executor, Options options)
    : options_(options), next_(executor), patience_(executor) {}

void Snapshots::ask(Holder& who) {
    waiting_.push_back(&who);
    go_on_later();
}

bool Snapshots::may_grow(const Holder& who) const {
    return !is_full() || (ready_ == 0 && gathering_.front().who == &who);
}

bool Snapshots::has_room(Holder& who) {
    if (may_grow(who)) return true;
    std::ranges::find(gathering_, &who, &Gatherer::who)->is_waiting = true;
    if (!patience_.is_set()) watch();
    return false;
}

void Snapshots::resize(std::size_t before, std::size_t now) {
    const bool was_full = is_full();
    bytes_ = bytes_ - before + now;
    has_moved_ = true;
    if (was_full && !is_full()) go_on_later();
}

void Snapshots::gathered(Holder& who) {
    std::erase_if(gathering_, [&](const Gatherer& each) { return each.who == &who; });
    ++ready_;
    go_on_later();
}

void Snapshots::leave(Holder& who, std::size_t bytes) {
    resize(bytes, 0);
    const auto has_erased = [&](std::size_t erased) { return erased > 0; };
    if (!has_erased(std::erase(waiting_, &who)) &&
        !has_erased(
            std::erase_if(gathering_, [&](const Gatherer& each) { return each.who == &who; }))) {
        --ready_;
    }
    go_on_later();
}

void Snapshots::go_on_later() {
    if (!next_.is_set()) next_.set(at_once, [this] { go_on(); });
}

void Snapshots::go_on() {
    while (!waiting_.empty() && gathering_.size() < options_.max_gathering && !is_full()) {
        gathering_.push_back({waiting_.front(), true});
        waiting_.pop_front();
    }
    for (Gatherer& each : gathering_) {
        if (each.is_waiting && may_grow(*each.who)) {
            each.is_waiting = false;
            each.who->may_gather();
        }
    }
    if (is_full() && !waiting_.empty() && !patience_.is_set()) watch();
}

void Snapshots::watch() {
    has_moved_ = false;
    patience_.set(options_.patience, [this] {
        if (!is_full()) return;
        if (has_moved_) return watch();
        give_up();
    });
}

void Snapshots::give_up() {
    const Error error(Errc::limit_reached,
                      fmt::format("snapshots that clients do not read leave no room for another: "
                                  "fanout.max_held_snapshot_bytes allows {} bytes",
                                  options_.max_bytes));
    std::vector<Holder*> failed(waiting_.begin(), waiting_.end());
    for (const Gatherer& each : gathering_) {
        if (each.is_waiting) failed.push_back(each.who);
    }
    for (Holder* each : failed) each->no_room(error);
}

}  // namespace gateway::fanout
