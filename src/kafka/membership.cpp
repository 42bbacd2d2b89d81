#include "kafka/membership.hpp"

#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kafka/error.hpp"
#include "kafka/start_offsets.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds look_up_time = 10s;  ///< For the broker to name its topics.
constexpr std::chrono::milliseconds gone_time = 2s;      ///< To hear whether a topic was deleted.
constexpr std::chrono::milliseconds retry_pause = 250ms;
constexpr int creation_attempts = 20;  ///< For the broker to create a topic by itself.
constexpr int creation_time = 2000;    ///< Milliseconds, for one of them.
constexpr int start_attempts = 20;     ///< To find where the partitions begin.
constexpr std::chrono::milliseconds leave_time = 10s;       ///< For the broker to say goodbye.
constexpr std::chrono::milliseconds least_leave_time = 3s;  ///< The same if no broker answers.
constexpr std::chrono::milliseconds look_pause = 500ms;     ///< To see whether one does.
constexpr std::chrono::milliseconds poll_time = 5s;         ///< librdkafka expects a sign of life.

Partitions copy(const rd_kafka_topic_partition_list_t* list) {
    return Partitions(rd_kafka_topic_partition_list_copy(list));
}

std::span<const rd_kafka_topic_partition_t> each_of(const Partitions& list) {
    return {list->elems, static_cast<std::size_t>(list->cnt)};
}

// What more waiting does not heal. The rest librdkafka goes on trying.
bool is_final(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
        case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
        case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
        case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
            return true;
        default:
            return false;
    }
}

bool is_missing_topic(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
           code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

}  // namespace

Membership::Membership(Services services, Consumer::Options options, OnEnd on_end)
    : services_(std::move(services)),
      options_(std::move(options)),
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
    for (const auto& topic : options_.topics) {
        // librdkafka would take it for a regular expression.
        if (topic.starts_with('^')) {
            return fail(to_error(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, fmt::format("\"{}\"", topic)));
        }
    }
    services_.catalog->fetch(strand_, look_up_time,
                             [self = shared_from_this()](const Catalog::Answer& answer) {
                                 if (!answer) return self->fail(answer.error());
                                 self->look_at(**answer);
                             });
}

void Membership::look_at(const Catalog::Topics& topics) {
    if (leaving_ || failed_) return;
    const auto missing = missing_in(topics);
    if (missing.empty()) {
        if (!live_ && open()) subscribe();
    } else if (services_.properties->creates_topics() && ++creations_ < creation_attempts) {
        if (!open()) return;
        create(missing);
        look_again();
    } else {
        fail(to_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                      fmt::format("topic \"{}\"", missing)));
    }
}

void Membership::look_again() {
    look_timer_.expires_after(retry_pause);
    look_timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (!cancelled) self->look_up_topics();
    });
}

void Membership::create(const std::string& missing) {
    // Where the broker creates topics by itself, naming one in a request does it.
    const Topic topic(rd_kafka_topic_new(handle_.get(), missing.c_str(), nullptr));
    if (!topic) return;
    const rd_kafka_metadata_t* answer = nullptr;
    rd_kafka_metadata(handle_.get(), 0, topic.get(), &answer, creation_time);
    const Metadata metadata(answer);
}

std::string Membership::missing_in(const Catalog::Topics& topics) const {
    for (const auto& topic : options_.topics) {
        if (!topics.contains(topic)) return topic.empty() ? "(empty)" : topic;
    }
    return {};
}

bool Membership::open() {
    if (event_) return true;
    std::string reason;
    handle_ =
        open_handle(RD_KAFKA_CONSUMER, services_.properties->consumer(options_.group), reason);
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

void Membership::subscribe() {
    const Partitions topics(
        rd_kafka_topic_partition_list_new(static_cast<int>(options_.topics.size())));
    for (const auto& topic : options_.topics) {
        rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    const auto code = rd_kafka_subscribe(handle_.get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(to_error(code, "subscribing"));
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
    services_.catalog->fetch(
        strand_, look_up_time, [self = shared_from_this()](const Catalog::Answer& answer) {
            if (!answer) return;
            if (const auto missing = self->missing_in(**answer); !missing.empty()) {
                self->lost_a_topic_ = true;
                self->fail(
                    {Errc::topic_not_found, fmt::format("topic \"{}\" was deleted", missing)});
            }
        });
}

QueueEvent::Left Membership::drain() {
    while (const Event event{rd_kafka_queue_poll(event_->queue(), 0)}) {
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_REBALANCE:
                rebalance(event.get());
                break;
            case RD_KAFKA_EVENT_ERROR:
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

bool Membership::is_cooperative() const {
    return rd_kafka_rebalance_protocol(handle_.get()) == std::string_view("COOPERATIVE");
}

void Membership::assign(Partitions partitions) {
    assigning_ = std::move(partitions);
    attempts_ = 0;
    assign_from_starts();
}

void Membership::assign_from_starts() {
    if (!assigning_) return;
    if (leaving_ || failed_) {
        // The group is left in a moment: only say that it was heard.
        assigning_.reset();
        rd_kafka_assign(handle_.get(), nullptr);
        return;
    }
    if (const auto error = find_start_offsets(handle_.get(), assigning_.get())) {
        if (!traits_of(error->code).retry || ++attempts_ >= start_attempts) return fail(*error);
        retry_timer_.expires_after(retry_pause);
        retry_timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
            if (!cancelled) self->assign_from_starts();
        });
        return;
    }

    const auto partitions = std::exchange(assigning_, nullptr);
    // Nothing reaches Delivery before the starts are stored: it may commit from then on.
    forward(partitions, nullptr);
    if (is_cooperative()) {
        const Failure failure(rd_kafka_incremental_assign(handle_.get(), partitions.get()));
    } else {
        rd_kafka_assign(handle_.get(), partitions.get());
    }
    rd_kafka_offsets_store(handle_.get(), partitions.get());

    Delivery::Starts starts;
    for (const auto& each : each_of(partitions)) {
        starts.push_back({each.topic, each.partition, each.offset});
    }
    tell([starts = std::move(starts)](Delivery& delivery) { delivery.assign(starts); });
    forward(partitions, records_.get());
    if (!std::exchange(live_, true)) tell([](Delivery& delivery) { delivery.go_live(); });
}

void Membership::forward(const Partitions& partitions, rd_kafka_queue_t* to) {
    for (const auto& each : each_of(partitions)) {
        const Queue queue(rd_kafka_queue_get_partition(handle_.get(), each.topic, each.partition));
        rd_kafka_queue_forward(queue.get(), to);
    }
}

void Membership::revoke(Partitions partitions) {
    assigning_.reset();
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
    if (is_cooperative()) {
        const Failure failure(rd_kafka_incremental_unassign(handle_.get(), partitions.get()));
    } else {
        rd_kafka_assign(handle_.get(), nullptr);
    }
}

void Membership::note_error(rd_kafka_resp_err_t code, std::string reason) {
    asio::post(strand_, [self = shared_from_this(), code, reason = std::move(reason)] {
        self->judge(code, reason);
    });
}

void Membership::judge(rd_kafka_resp_err_t code, const std::string& reason) {
    if (leaving_ || failed_) return;
    if (is_final(code)) {
        fail(to_error(code, fmt::format("group \"{}\"", options_.group), reason));
    } else if (is_missing_topic(code)) {
        // Another broker may not have heard of it yet. Whether it is gone, all topics tell.
        look_again();
    } else {
        spdlog::debug("kafka: group \"{}\": {}", options_.group, reason);
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
    assign_from_starts();
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
    services_.catalog->fetch(
        strand_, gone_time, [self = shared_from_this()](const Catalog::Answer& answer) {
            self->lost_a_topic_ = answer && !self->missing_in(**answer).empty();
            self->destroy();
        });
}

void Membership::destroy() {
    if (handle_ && (lost_a_topic_ || rd_kafka_consumer_closed(handle_.get()) == 0)) {
        // librdkafka 2.0.2 waits for what it has not committed until the session is over, and for
        // ever for a partition that was deleted while it was read: only this thread stays behind
        // with it, instead of one of the workers.
        rd_kafka_set_log_level(handle_.get(), 0);
        std::thread([handle = handle_.release(), properties = services_.properties] {
            const bool is_closed = rd_kafka_consumer_closed(handle) != 0;
            rd_kafka_destroy_flags(handle, is_closed ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        }).detach();
    }
    handle_.reset();
    on_end_(*this);
    for (const auto& done : std::exchange(done_, {})) done();
}

}  // namespace gateway::kafka
