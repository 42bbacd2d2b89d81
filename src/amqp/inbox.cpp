#include "amqp/inbox.hpp"

#include <algorithm>

namespace gateway::amqp {

Inbox::Inbox(asio::any_io_executor executor, std::shared_ptr<Connection> connection,
             std::shared_ptr<Topics> topics, Consumer::Events& events)
    : executor_(std::move(executor)),
      connection_(std::move(connection)),
      topics_(std::move(topics)),
      events_(&events) {}

void Inbox::open(std::vector<Intake::Plan> plans) {
    std::ranges::sort(plans, {}, &Intake::Plan::topic);
    for (Intake::Plan& plan : plans) {
        auto& lane = lanes_.emplace_back();
        lane.topic = plan.topic;
        lane.intake = std::make_shared<Intake>(std::move(plan), shared_from_this());
    }
    connection_->post([self = shared_from_this()] {
        for (const Lane& lane : self->lanes_) self->connection_->attach(lane.intake);
    });
}

void Inbox::fail_later(Error error) {
    asio::post(executor_,
               [self = shared_from_this(), error = std::move(error)] { self->fail(error); });
}

template <typename Work>
void Inbox::post(const Intake& intake, Work work) {
    const auto found = std::ranges::find_if(
        lanes_, [&](const Lane& lane) { return lane.intake.get() == &intake; });
    const auto lane = static_cast<std::size_t>(found - lanes_.begin());
    asio::post(executor_, [self = shared_from_this(), lane, work = std::move(work)]() mutable {
        if (self->events_) work(*self, lane);
    });
}

void Inbox::intake_ready(Intake& intake) {
    if (intake.plan().is_bound) topics_->add(intake.plan().topic);
    post(intake, [generation = intake.generation()](Inbox& inbox, std::size_t lane) {
        inbox.ready(lane, generation);
    });
}

void Inbox::intake_records(Intake& intake, std::unique_ptr<Batch> batch) {
    post(intake, [batch = std::move(batch)](Inbox& inbox, std::size_t lane) mutable {
        inbox.deliver(lane, std::move(batch));
    });
}

void Inbox::intake_lost(Intake& intake, const Error& error) {
    post(intake, [error](Inbox& inbox, std::size_t lane) { inbox.lost(lane, error); });
}

void Inbox::intake_failed(Intake& intake, const Error& error) {
    if (error.code == Errc::topic_not_found) topics_->remove(intake.plan().topic);
    post(intake, [error](Inbox& inbox, std::size_t) { inbox.fail(error); });
}

void Inbox::ready(std::size_t index, std::uint64_t generation) {
    Lane& lane = lanes_[index];
    lane.is_ready = true;
    lane.generation = generation;
    lane.base = lane.next;
    if (is_live_ || !std::ranges::all_of(lanes_, &Lane::is_ready)) return;
    is_live_ = true;
    std::vector<Position> starts;
    for (const Lane& each : lanes_) starts.push_back({each.topic, 0, 0});
    events_->live(starts);
    go_on();
}

void Inbox::deliver(std::size_t index, std::unique_ptr<Batch> batch) {
    Lane& lane = lanes_[index];
    batch->number_from(lane.next);
    lane.next += static_cast<std::int64_t>(batch->records().size());
    waiting_.push_back({index, std::move(batch)});
    go_on();
}

void Inbox::lost(std::size_t index, const Error& error) {
    if (!is_live_) return fail(error);
    Lane& lane = lanes_[index];
    std::erase_if(waiting_, [&](const Waiting& each) { return each.lane == index; });
    lane.generation = 0;
    lane.next = lane.taken;
}

void Inbox::go_on() {
    if (is_handing_over_) return;
    is_handing_over_ = true;
    while (events_ && is_live_ && !is_stopped_ && !waiting_.empty()) {
        // Out of the queue, so that it lives on where the call ends this consumer.
        Waiting now = std::move(waiting_.front());
        waiting_.pop_front();
        const auto rest = now.batch->records().subspan(now.taken);
        const std::size_t taken = events_->records(rest);
        if (!events_) break;
        lanes_[now.lane].taken += static_cast<std::int64_t>(taken);
        if (taken == rest.size()) continue;
        is_stopped_ = true;
        now.taken += taken;
        waiting_.push_front(std::move(now));
    }
    is_handing_over_ = false;
}

void Inbox::resume() {
    if (!std::exchange(is_stopped_, false)) return;
    asio::post(executor_, [self = shared_from_this()] { self->go_on(); });
}

// While records are handed over what is taken of them is not counted yet, and may be committed.
void Inbox::commit(std::span<const Position> next) {
    for (const Position& each : next) {
        const auto found = std::ranges::lower_bound(lanes_, each.topic, {}, &Lane::topic);
        if (found == lanes_.end() || found->topic != each.topic || each.partition != 0) continue;
        Lane& lane = *found;
        const std::int64_t to = std::min(each.offset, is_handing_over_ ? lane.next : lane.taken);
        if (lane.generation == 0 || to <= lane.base || to <= lane.committed) continue;
        lane.committed = to;
        connection_->post([intake = lane.intake, generation = lane.generation,
                           last = static_cast<std::uint64_t>(to - lane.base)] {
            intake->acknowledge(generation, last);
        });
    }
}

void Inbox::fail(const Error& error) {
    auto* const events = std::exchange(events_, nullptr);
    if (!events) return;
    waiting_.clear();
    detach({});
    events->failed(error);
}

void Inbox::end(std::function<void()> done) {
    events_ = nullptr;
    waiting_.clear();
    detach(std::move(done));
}

void Inbox::detach(std::function<void()> done) {
    connection_->post([self = shared_from_this(), done = std::move(done)] {
        // Held by each channel that is closing: the last to go calls it.
        const std::shared_ptr<void> last(nullptr, [done](void*) {
            if (done) done();
        });
        for (const Lane& lane : self->lanes_) {
            self->connection_->detach(*lane.intake, [last] {});
        }
    });
}

}  // namespace gateway::amqp
