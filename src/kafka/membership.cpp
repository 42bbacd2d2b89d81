#include "kafka/membership.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kafka/aside.hpp"
#include "kafka/assignment.hpp"
#include "kafka/error.hpp"
#include "kafka/hearsay.hpp"
#include "kafka/start_offsets.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds look_up_time = 10s;  ///< For the broker to name its topics.
constexpr std::chrono::milliseconds gone_time = 2s;      ///< To hear whether a topic was deleted.
constexpr std::chrono::milliseconds retry_pause = 250ms;
constexpr int start_attempts = 20;                     ///< To find where the partitions begin.
constexpr std::chrono::milliseconds start_time = 10s;  ///< For one of them.
constexpr int looks = 2;  ///< Without a topic: another broker may not have heard of it yet.
constexpr std::chrono::milliseconds rejoin_time = 5s;  ///< To join for topics that were missing.
constexpr std::chrono::milliseconds leave_time = 10s;  ///< For the broker to say goodbye.
constexpr std::chrono::milliseconds least_leave_time = 3s;  ///< The same if no broker answers.
constexpr std::chrono::milliseconds look_pause = 500ms;     ///< To see whether one does.
constexpr std::chrono::milliseconds poll_time = 5s;         ///< librdkafka expects a sign of life.

Partitions copy(const rd_kafka_topic_partition_list_t* list) {
    return Partitions(rd_kafka_topic_partition_list_copy(list));
}

}  // namespace

Membership::Membership(Services services, Consumer::Options options, OnEnd on_end)
    : services_(std::move(services)),
      group_(options.group),
      subscription_(std::move(options)),
      on_end_(std::move(on_end)),
      strand_(services_.workers->strand()),
      retry_timer_(strand_),
      look_timer_(strand_),
      poll_timer_(strand_),
      leave_timer_(strand_) {}

template <typename Job>
void Membership::tell(Job job) {
    const std::lock_guard lock(shard_mutex_);
    if (detached_) return;
    asio::post(shard_, [weak = delivery_, job = std::move(job)]() mutable {
        if (const auto delivery = weak.lock()) job(*delivery);
    });
}

template <typename Job>
void Membership::after(std::chrono::milliseconds pause, Job job) {
    const auto timer = std::make_shared<asio::steady_timer>(strand_, pause);
    timer->async_wait([weak = weak_from_this(), timer, job](std::error_code) {
        if (const auto self = weak.lock()) job(*self);
    });
}

void Membership::join(asio::any_io_executor executor, std::weak_ptr<Delivery> delivery) {
    {
        const std::lock_guard lock(shard_mutex_);
        shard_ = std::move(executor);
        delivery_ = std::move(delivery);
    }
    asio::post(strand_, [self = shared_from_this()] { self->look_up_topics(); });
}

void Membership::detach() {
    const std::lock_guard lock(shard_mutex_);
    detached_ = true;
    orphan_ = true;
}

void Membership::look_up_topics() {
    if (leaving_ || failed_) return;
    for (const auto& topic : subscription_.named()) {
        // librdkafka would take it for a regular expression.
        if (topic.starts_with('^')) {
            return fail(to_error(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, fmt::format("\"{}\"", topic)));
        }
    }
    services_.catalog->find(strand_, subscription_.named(), look_up_time,
                            [self = shared_from_this()](const Catalog::Answer& answer) {
                                if (!answer) return self->fail(answer.error());
                                if (!self->live_) self->begin(*answer);
                            });
}

void Membership::begin(std::shared_ptr<const Catalog::Topics> topics) {
    if (leaving_ || failed_) return;
    if (const auto error = subscription_.begin(topics)) return fail(*error);
    if (!open()) return;
    auto chosen = subscription_.chosen_from(*topics);
    chosen.empty() || chosen != topics_ ? subscribe(std::move(chosen)) : complete();
}

void Membership::look_again() {
    look_timer_.expires_after(retry_pause);
    look_timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (cancelled) return;
        self->live_ ? self->check_topics() : self->look_up_topics();
    });
}

bool Membership::open() {
    if (event_) return true;
    std::string reason;
    handle_ = open_handle(RD_KAFKA_CONSUMER, services_.properties->consumer(group_), reason);
    if (handle_) {
        rd_kafka_poll_set_consumer(handle_.get());
        try {
            event_ = QueueEvent::open(strand_, Queue(rd_kafka_queue_get_consumer(handle_.get())),
                                      [weak = weak_from_this()] {
                                          const auto self = weak.lock();
                                          return self ? self->drain() : QueueEvent::Left::unread;
                                      });
        } catch (const std::system_error& error) {
            reason = error.what();
        }
    }
    if (!event_) {
        fail({Errc::internal, fmt::format("no consumer can be opened: {}", reason)});
        return false;
    }
    records_ = Queue(rd_kafka_queue_new(handle_.get()));
    tell([handle = handle_.get(), queue = records_](Delivery& delivery) mutable {
        delivery.open(handle, std::move(queue));
    });
    poll_later();
    return true;
}

void Membership::subscribe(std::vector<std::string> topics) {
    if (const auto error = subscription_.refusal_of(topics, services_.max_topics)) {
        return fail(*error);
    }
    if (!hears_of(handle_.get(), topics)) return look_again();
    topics_ = std::move(topics);
    incomplete_ = false;
    if (topics_.empty()) {
        // What it follows may come yet.
        rd_kafka_unsubscribe(handle_.get());
        return go_live();
    }
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size())));
    for (const auto& topic : topics_) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    const auto code = rd_kafka_subscribe(handle_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(to_error(code, "subscribing"));
}

void Membership::complete() {
    if (!incomplete_) return;
    if (!hears_of_missing(handle_.get(), topics_)) return look_again();
    incomplete_ = false;
    // It joins anew for them, unless it has done so already.
    after(rejoin_time, [](Membership& self) {
        if (self.has_joined_ && !self.leaving_ && !self.failed_) self.go_live();
    });
}

void Membership::poll_later() {
    poll_timer_.expires_after(poll_time);
    poll_timer_.async_wait([weak = weak_from_this()](std::error_code error) {
        const auto self = weak.lock();
        if (error || !self || self->ended_) return;
        self->event_->wake();
        self->check_topics();
        self->poll_later();
    });
}

// librdkafka says of a topic that was deleted only what it writes to its log.
void Membership::check_topics() {
    if (!live_ || leaving_ || failed_) return;
    services_.catalog->fetch(strand_, look_up_time,
                             [self = shared_from_this()](const Catalog::Answer& answer) {
                                 if (answer) self->look_at(**answer);
                             });
}

void Membership::look_at(const Catalog::Topics& topics) {
    if (leaving_ || failed_) return;
    const bool all_there = std::all_of(topics_.begin(), topics_.end(),
                                       [&](const auto& topic) { return topics.contains(topic); });
    misses_ = all_there ? 0 : misses_ + 1;
    if (!all_there && misses_ < looks) return look_again();
    note_lost(topics);
    if (const auto missing = subscription_.missing_in(topics)) {
        return fail({Errc::topic_not_found, fmt::format("topic \"{}\" was deleted", *missing)});
    }
    auto chosen = subscription_.chosen_from(topics);
    chosen != topics_ ? subscribe(std::move(chosen)) : complete();
}

void Membership::note_lost(const Catalog::Topics& topics) {
    for (const auto& topic : topics_) lost_a_topic_ |= !topics.contains(topic);
}

QueueEvent::Left Membership::drain() {
    while (const Event event{rd_kafka_queue_poll(event_->queue(), 0)}) {
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_REBALANCE:
                rebalance(event.get());
                break;
            case RD_KAFKA_EVENT_ERROR:
                incomplete_ |= is_unknown(rd_kafka_event_error(event.get()));
                judge(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
                break;
            default:
                break;
        }
    }
    if (leaving_ && rd_kafka_consumer_closed(handle_.get()) != 0) end();
    return QueueEvent::Left::nothing;
}

void Membership::rebalance(rd_kafka_event_t* event) {
    auto partitions = copy(rd_kafka_event_topic_partition_list(event));
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(std::move(partitions));
    } else {
        revoke(std::move(partitions));
    }
}

void Membership::assign(Partitions partitions) {
    assigning_ = std::move(partitions);
    attempts_ = 0;
    ++rebalances_;
    find_starts();
}

void Membership::find_starts() {
    if (!assigning_) return;
    if (leaving_ || failed_) {
        // The group is left in a moment: only say that it was heard.
        assigning_.reset();
        decline(handle_.get());
        return;
    }
    if (const auto error = find_committed(handle_.get(), assigning_.get())) {
        return take_starts(*error);
    }
    auto fresh = uncommitted(assigning_.get());
    if (fresh.empty()) return assign_from({});
    auto old = fresh;
    std::erase_if(old, [this](const auto& each) { return subscription_.is_new(each); });
    services_.locator->locate(
        strand_, std::move(fresh), subscription_.start_of(old), start_time,
        [self = shared_from_this(), rebalance = rebalances_](const Locator::Answer& answer) {
            if (self->rebalances_ == rebalance) self->take_starts(answer);
        });
}

void Membership::take_starts(const Locator::Answer& answer) {
    if (leaving_ || failed_) return find_starts();
    if (!answer) {
        const auto& error = answer.error();
        if (!traits_of(error.code).retry || ++attempts_ >= start_attempts) return fail(error);
        retry_timer_.expires_after(retry_pause);
        retry_timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
            if (!cancelled) self->find_starts();
        });
        return;
    }
    std::vector<Position> starts;
    for (const auto& each : *answer) {
        const bool is_new = subscription_.is_new({each.topic, each.partition});
        starts.push_back({each.topic, each.partition, is_new ? each.earliest : each.start});
    }
    assign_from(starts);
}

void Membership::assign_from(std::span<const Position> starts) {
    const auto partitions = std::exchange(assigning_, nullptr);
    if (!partitions) return;
    commit_starts(handle_.get(), partitions.get(), starts);
    // Nothing reaches Delivery before the starts are stored: it may commit from then on.
    kafka::assign(handle_.get(), partitions.get());

    Delivery::Starts all;
    for (const auto& each : each_of(partitions)) {
        all.push_back({each.topic, each.partition, each.offset});
    }
    tell([all = std::move(all)](Delivery& delivery) { delivery.assign(all); });
    has_joined_ = true;
    go_live();
}

void Membership::go_live() {
    if (incomplete_) return;
    if (!std::exchange(live_, true)) tell([](Delivery& delivery) { delivery.go_live(); });
}

void Membership::revoke(Partitions partitions) {
    assigning_.reset();
    ++rebalances_;
    retry_timer_.cancel();
    revoking_ = std::move(partitions);
    if (leaving_ || failed_ || revoking_->cnt == 0) return give_up_revoked();

    std::vector<TopicPartition> list;
    for (const auto& each : each_of(revoking_)) list.push_back({each.topic, each.partition});
    tell([list = std::move(list), weak = weak_from_this()](Delivery& delivery) {
        delivery.revoke(list);
        if (const auto self = weak.lock()) {
            asio::post(self->strand_, [self] { self->give_up_revoked(); });
        }
    });
}

void Membership::give_up_revoked() {
    const auto partitions = std::exchange(revoking_, nullptr);
    if (!partitions || !handle_) return;
    // What was stored is committed with this.
    unassign(handle_.get(), partitions.get());
}

void Membership::note_error(rd_kafka_resp_err_t code, const Position& at, std::string reason) {
    asio::post(strand_, [self = shared_from_this(), code, at, reason = std::move(reason)] {
        if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) return self->look_for_place(at);
        self->judge(code, reason);
    });
}

void Membership::look_for_place(const Position& wanted) {
    if (leaving_ || failed_) return;
    services_.locator->locate(
        strand_, std::vector<TopicPartition>{{wanted.topic, wanted.partition}}, FromEarliest{},
        start_time, [self = shared_from_this(), wanted](const Locator::Answer& answer) {
            self->take_place(wanted, answer);
        });
}

void Membership::take_place(const Position& wanted, const Locator::Answer& answer) {
    if (leaving_ || failed_) return;
    if (!answer) {
        if (!traits_of(answer.error().code).retry) return fail(answer.error());
        return after(retry_pause, [wanted](Membership& self) { self.look_for_place(wanted); });
    }
    const auto recovery =
        recover(wanted.offset, answer->front(), services_.properties->offset_reset());
    if (!recovery) return fail(recovery.error());
    if (recovery->next != wanted.offset) return go_on_at(wanted, *recovery);
    after(retry_pause,
          [wanted, recovery = *recovery](Membership& self) { self.go_on_at(wanted, recovery); });
}

void Membership::go_on_at(const Position& wanted, const Recovery& recovery) {
    if (leaving_ || failed_) return;
    // Each move says where the others are, which must not be moving meanwhile.
    if (std::exchange(moving_, true)) {
        return after(retry_pause,
                     [wanted, recovery](Membership& self) { self.go_on_at(wanted, recovery); });
    }
    // librdkafka has no seek for a partition in this state: it is assigned anew, and with it all
    // others where the group's protocol knows only whole assignments.
    tell([weak = weak_from_this(), wanted, recovery, all = !is_cooperative(handle_.get()),
          rebalance = rebalances_](Delivery& delivery) {
        auto places = delivery.hold(wanted, all);
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->strand_, [self, wanted, recovery, rebalance, places = std::move(places)] {
            self->move(places, wanted, recovery, rebalance);
        });
    });
}

void Membership::move(Delivery::Starts places, const Position& wanted, const Recovery& recovery,
                      std::uint64_t rebalance) {
    moving_ = false;
    if (leaving_ || failed_ || places.empty()) return;
    // With the eager protocol Delivery has forgotten records, and waits: for what is assigned anew.
    if (!is_cooperative(handle_.get()) && rebalances_ != rebalance) return;
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
    for (auto& [topic, partition, offset] : places) {
        if (topic == wanted.topic && partition == wanted.partition) offset = recovery.next;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    switch (reassign(handle_.get(), list.get())) {
        case Reassigned::yes:
            break;
        case Reassigned::no:
            return tell([](Delivery& delivery) { delivery.go_on(); });
        case Reassigned::broken:
            return fail({Errc::internal, fmt::format("group \"{}\" cannot go on at other offsets; "
                                                     "subscribe again",
                                                     group_)});
    }
    const Partitions place(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(place.get(), wanted.topic.c_str(), wanted.partition)->offset =
        recovery.next;
    rd_kafka_offsets_store(handle_.get(), place.get());
    tell([places = std::move(places), lost = recovery.lost](Delivery& delivery) {
        delivery.move(places, lost);
    });
}

void Membership::judge(rd_kafka_resp_err_t code, const std::string& reason) {
    if (leaving_ || failed_) return;
    if (is_final(code)) {
        fail(to_error(code, fmt::format("group \"{}\"", group_), reason));
    } else if (is_unknown(code)) {
        // Whether it is gone, all topics tell.
        look_again();
    } else {
        spdlog::debug("kafka: group \"{}\": {}", group_, reason);
    }
}

void Membership::fail(const Error& error) {
    if (leaving_ || std::exchange(failed_, true)) return;
    tell([error, self = shared_from_this()](Delivery& delivery) {
        delivery.fail(error);
        delivery.release([self] { self->leave({}); });
    });
}

void Membership::retire(const Error& error) {
    asio::post(strand_, [self = shared_from_this(), error] { self->fail(error); });
}

void Membership::leave(std::function<void()> done) {
    if (ended_) {
        if (done) done();
        return;
    }
    asio::post(strand_, [self = shared_from_this(), done = std::move(done)]() mutable {
        if (done && (self->ended_ || self->waits_no_more_)) return done();
        if (done) self->done_.push_back(std::move(done));
        self->start_leaving();
    });
}

void Membership::start_leaving() {
    if (ended_ || std::exchange(leaving_, true)) return;
    retry_timer_.cancel();
    look_timer_.cancel();
    if (!handle_ || !event_) return end();

    give_up_revoked();
    find_starts();
    const Failure failure(rd_kafka_consumer_close_queue(handle_.get(), event_->queue()));
    if (failure) return end();
    wait_for_goodbye(least_leave_time, 0ms);
    event_->wake();
}

void Membership::wait_for_goodbye(std::chrono::milliseconds time,
                                  std::chrono::milliseconds waited) {
    leave_timer_.expires_after(time);
    leave_timer_.async_wait([self = shared_from_this(), now = waited + time](std::error_code over) {
        if (over) return;
        const bool may_come = now < leave_time && self->services_.probe->finding().up;
        if (may_come) return self->wait_for_goodbye(look_pause, now);
        self->wait_no_more();
    });
}

// What it has to commit librdkafka keeps until the session is over, should the broker be back, and
// destroying it before that would wait as long, and burn a core.
void Membership::wait_no_more() {
    waits_no_more_ = true;
    leave_timer_.expires_after(services_.properties->session_timeout() + leave_time);
    leave_timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (!cancelled) self->end();
    });
    for (const auto& done : std::exchange(done_, {})) done();
}

void Membership::abandon() {
    asio::post(strand_, [self = shared_from_this()] {
        if (self->leaving_) self->end();
    });
}

void Membership::end() {
    if (ended_.exchange(true)) return;
    retry_timer_.cancel();
    look_timer_.cancel();
    poll_timer_.cancel();
    leave_timer_.cancel();
    if (event_) event_->stop();
    records_.reset();
    if (!live_ || lost_a_topic_ || !services_.probe->finding().up) return destroy();
    services_.catalog->fetch(strand_, gone_time,
                             [self = shared_from_this()](const Catalog::Answer& answer) {
                                 if (answer) self->note_lost(**answer);
                                 self->destroy();
                             });
}

void Membership::destroy() {
    if (handle_ && (lost_a_topic_ || rd_kafka_consumer_closed(handle_.get()) == 0)) {
        end_aside(std::move(handle_), services_.properties);
    }
    handle_.reset();
    on_end_(*this);
    for (const auto& done : std::exchange(done_, {})) done();
}

}  // namespace gateway::kafka
