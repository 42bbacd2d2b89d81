#include "fanout/feed.hpp"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>

#include "fanout/branch.hpp"

namespace gateway::fanout {

namespace {

/// One that a shard passes on, and one that waits, so that it never has to.
constexpr int max_unprocessed = 2;

/// So many, whose frames are as large as they may be, are in a ring, however many views there are.
constexpr std::size_t min_batches = 16;

}  // namespace

Feed::Feed(const asio::any_io_executor& executor, const std::string& topic, const Options& options,
           const MakeSharedFrame& make_frame, Counters& counters)
    : topic_(std::make_shared<const std::string>(topic)),
      options_(options),
      views_(make_frame, counters,
             {.views = options.max_views,
              .bytes = std::max(options.ring_bytes / min_batches, options.max_batch_bytes)}),
      open_(std::make_shared<Batch>(topic_)),
      linger_(executor) {}

void Feed::begin(const Position& position) {
    ring_.begin(position);
    head(position.partition).offset = position.offset;
}

bool Feed::reads(std::int32_t partition) const {
    return std::ranges::binary_search(heads_, partition, {}, &Position::partition);
}

bool Feed::add(const Record& record) {
    if (is_full()) {
        if (!may_leave()) return false;
        seal();
    }
    Position& at = head(record.partition);
    open_->add(record, at.offset);
    views_.add(record);
    at.offset = record.offset + 1;
    return true;
}

void Feed::add(const Lost& lost) {
    seal();
    Position& at = head(lost.partition);
    open_->add(lost, at.offset);
    at.offset = lost.next;
    seal();
}

void Feed::reached(const Position& end) {
    if (end.offset <= head(end.partition).offset) return;
    std::erase_if(ends_, [&](const Position& each) { return each.partition == end.partition; });
    ends_.push_back(end);
    flush();
}

void Feed::flush() {
    if (may_leave()) seal();
    if (ends_.empty() || !open_->is_empty() || !may_leave()) return;
    for (const Position& end : std::exchange(ends_, {})) {
        Position& at = head(end.partition);
        if (end.offset <= at.offset) continue;
        open_->pass(end.partition, at.offset, end.offset);
        at.offset = end.offset;
    }
    seal();
}

void Feed::attach(std::shared_ptr<Branch> branch) {
    if (find(*branch)) {
        asio::post(branch->executor(), [branch, heads = ring_.heads()] { branch->began(heads); });
        return;
    }
    links_.push_back({branch, {}, 0});
    asio::post(branch->executor(),
               [branch, ring = ring_]() mutable { branch->attached(std::move(ring)); });
}

void Feed::detach(const Branch& branch) {
    const auto found =
        std::ranges::find(links_, &branch, [](const Link& link) { return link.branch.get(); });
    if (found == links_.end()) return;
    for (const ViewId view : found->views) views_.remove(view);
    links_.erase(found);
    flush();
}

void Feed::processed(const Branch& branch) {
    if (Link* link = find(branch)) --link->unprocessed;
    flush();
}

void Feed::add_view(const std::shared_ptr<Branch>& branch, View view, std::string key) {
    Link* link = find(*branch);
    if (!link) return;
    const auto id = views_.add(std::move(view));
    if (!id) {
        asio::post(branch->executor(),
                   [branch, key = std::move(key)] { branch->view_refused(key); });
        return;
    }
    link->views.insert(*id);
    const std::uint64_t since = ring_.next() + (open_->is_empty() ? 0 : 1);
    asio::post(branch->executor(), [branch, key = std::move(key), id = *id, since] {
        branch->view_known(key, id, since);
    });
}

void Feed::remove_view(const Branch& branch, ViewId id) {
    Link* link = find(branch);
    if (!link) return;
    const auto found = link->views.find(id);
    if (found == link->views.end()) return;
    link->views.erase(found);
    views_.remove(id);
}

void Feed::fail(const Error& error) {
    for (Link& link : links_) {
        asio::post(link.branch->executor(),
                   [branch = link.branch, error] { branch->failed(error); });
    }
    links_.clear();
}

bool Feed::is_full() const {
    return open_->bytes() >= options_.max_batch_bytes ||
           open_->records().size() >= options_.max_batch_records || views_.is_full();
}

bool Feed::may_leave() const {
    return std::ranges::all_of(links_,
                               [](const Link& link) { return link.unprocessed < max_unprocessed; });
}

Feed::Link* Feed::find(const Branch& branch) {
    const auto found =
        std::ranges::find(links_, &branch, [](const Link& link) { return link.branch.get(); });
    return found == links_.end() ? nullptr : &*found;
}

Position& Feed::head(std::int32_t partition) {
    const auto found = std::ranges::lower_bound(heads_, partition, {}, &Position::partition);
    if (found != heads_.end() && found->partition == partition) return *found;
    return *heads_.insert(found, {*topic_, partition, 0});
}

void Feed::seal() {
    if (open_->is_empty()) return;
    const std::uint64_t sequence = ring_.next();
    // How much of the ring is kept is known once this one counts; the shards hear it with the next.
    open_->seal(sequence, ring_.oldest(), views_.take());
    ring_.push(open_);
    ring_.trim({options_.ring_bytes, options_.ring_records});
    for (Link& link : links_) {
        ++link.unprocessed;
        asio::post(link.branch->executor(),
                   [branch = link.branch, batch = BatchPointer(open_)] { branch->arrived(batch); });
    }
    open_ = std::make_shared<Batch>(topic_);
}

}  // namespace gateway::fanout
