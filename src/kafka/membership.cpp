#include "kafka/membership.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kafka/error.hpp"
#include "kafka/hearsay.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds look_up_time = 10s;  ///< For the broker to name its topics.
constexpr std::chrono::milliseconds retry_pause = 250ms;
constexpr int looks = 2;  ///< Without a topic: another broker may not have heard of it yet.
constexpr std::chrono::milliseconds rejoin_time = 5s;  ///< To join for topics that were missing.
constexpr std::chrono::milliseconds poll_time = 5s;    ///< librdkafka expects a sign of life.

}  // namespace

Membership::Membership(Services services, Consumer::Options options, OnEnd on_end)
    : Member(std::move(services), options.group),
      subscription_(std::move(options)),
      share_(*this, subscription_,
             [this] {
                 has_joined_ = true;
                 go_live();
             }),
      relocation_(*this, share_),
      departure_(*this, share_, subscription_, [this] { ended(); }),
      on_end_(std::move(on_end)),
      look_timer_(strand()),
      poll_timer_(strand()) {}

std::shared_ptr<Membership> Membership::self() {
    return std::static_pointer_cast<Membership>(shared_from_this());
}

void Membership::join(asio::any_io_executor executor, std::weak_ptr<Delivery> delivery) {
    attach(std::move(executor), std::move(delivery));
    asio::post(strand(), [self = self()] { self->look_up_topics(); });
}

void Membership::detach() {
    Member::detach();
    orphan_ = true;
}

void Membership::look_up_topics() {
    if (is_over()) return;
    for (const auto& topic : subscription_.named()) {
        // librdkafka would take it for a regular expression.
        if (topic.starts_with('^')) {
            return fail(to_error(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, fmt::format("\"{}\"", topic)));
        }
    }
    services().catalog->find(strand(), subscription_.named(), look_up_time,
                             [self = self()](const Catalog::Answer& answer) {
                                 if (!answer) return self->fail(answer.error());
                                 if (!self->is_live()) self->begin(*answer);
                             });
}

void Membership::begin(std::shared_ptr<const Catalog::Topics> topics) {
    if (is_over()) return;
    if (const auto error = subscription_.begin(topics)) return fail(*error);
    if (!open_handle()) return;
    auto chosen = subscription_.chosen_from(*topics);
    chosen.empty() || !subscription_.takes(chosen) ? subscribe(std::move(chosen)) : complete();
}

void Membership::look_again() {
    look_timer_.expires_after(retry_pause);
    look_timer_.async_wait([self = self()](std::error_code cancelled) {
        if (cancelled) return;
        self->is_live() ? self->check_topics() : self->look_up_topics();
    });
}

bool Membership::open_handle() {
    if (event() != nullptr) return true;
    const auto error = open([weak = weak_from_this()] {
        const auto self = std::static_pointer_cast<Membership>(weak.lock());
        return self ? self->drain() : QueueEvent::Left::unread;
    });
    if (error) {
        fail(*error);
        return false;
    }
    poll_later();
    return true;
}

void Membership::subscribe(Catalog::Topics topics) {
    if (const auto error = subscription_.refusal_of(topics, services().max_topics)) {
        return fail(*error);
    }
    if (!hears_of(handle(), topics)) return look_again();
    incomplete_ = false;
    if (topics.empty()) {
        // What it follows may come yet.
        subscription_.take({});
        rd_kafka_unsubscribe(handle());
        return go_live();
    }
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const auto& [name, partitions] : topics) {
        rd_kafka_topic_partition_list_add(list.get(), name.c_str(), RD_KAFKA_PARTITION_UA);
    }
    subscription_.take(std::move(topics));
    const auto code = rd_kafka_subscribe(handle(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(to_error(code, "subscribing"));
}

// librdkafka joins anew for partitions that it hears of, and asks by itself only now and then.
void Membership::grow(Catalog::Topics topics) {
    if (!hears_of_missing(handle(), topics)) return look_again();
    subscription_.take(std::move(topics));
}

void Membership::complete() {
    if (!incomplete_) return;
    if (!hears_of_missing(handle(), subscription_.taken())) return look_again();
    incomplete_ = false;
    // It joins anew for them, unless it has done so already.
    after(rejoin_time, [this] {
        if (has_joined_ && !is_over()) go_live();
    });
}

void Membership::go_live() {
    if (incomplete_ || !note_live()) return;
    tell([](Delivery& delivery) { delivery.go_live(); });
}

void Membership::poll_later() {
    poll_timer_.expires_after(poll_time);
    poll_timer_.async_wait([weak = weak_from_this()](std::error_code error) {
        const auto self = std::static_pointer_cast<Membership>(weak.lock());
        if (error || !self || self->departure_.is_over()) return;
        self->event()->wake();
        self->check_topics();
        self->poll_later();
    });
}

// librdkafka says of a topic that was deleted only what it writes to its log.
void Membership::check_topics() {
    if (!is_live() || is_over()) return;
    services().catalog->fetch(strand(), look_up_time,
                              [self = self()](const Catalog::Answer& answer) {
                                  if (answer) self->look_at(**answer);
                              });
}

void Membership::look_at(const Catalog::Topics& topics) {
    if (is_over()) return;
    const bool all_there = subscription_.is_whole_in(topics);
    misses_ = all_there ? 0 : misses_ + 1;
    if (!all_there && misses_ < looks) return look_again();
    subscription_.note_lost(topics);
    if (const auto missing = subscription_.missing_in(topics)) {
        return fail({Errc::topic_not_found, fmt::format("topic \"{}\" was deleted", *missing)});
    }
    auto chosen = subscription_.chosen_from(topics);
    if (!subscription_.takes(chosen)) return subscribe(std::move(chosen));
    chosen == subscription_.taken() ? complete() : grow(std::move(chosen));
}

QueueEvent::Left Membership::drain() {
    while (const Event each{rd_kafka_queue_poll(event()->queue(), 0)}) {
        switch (rd_kafka_event_type(each.get())) {
            case RD_KAFKA_EVENT_REBALANCE:
                share_.rebalance(each.get());
                break;
            case RD_KAFKA_EVENT_ERROR:
                incomplete_ |= is_unknown(rd_kafka_event_error(each.get()));
                judge(rd_kafka_event_error(each.get()), rd_kafka_event_error_string(each.get()));
                break;
            case RD_KAFKA_EVENT_OFFSET_COMMIT:
                if (const auto* list = rd_kafka_event_topic_partition_list(each.get())) {
                    share_.committed(list);
                }
                break;
            default:
                break;
        }
    }
    if (is_leaving() && rd_kafka_consumer_closed(handle()) != 0) departure_.end();
    return QueueEvent::Left::nothing;
}

void Membership::note_error(rd_kafka_resp_err_t code, const Position& at, std::string reason) {
    asio::post(strand(), [self = self(), code, at, reason = std::move(reason)] {
        if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) return self->relocation_.start(at);
        self->judge(code, reason);
    });
}

void Membership::judge(rd_kafka_resp_err_t code, const std::string& reason) {
    if (is_over()) return;
    if (is_final(code)) {
        fail(to_error(code, fmt::format("group \"{}\"", group()), reason));
    } else if (is_unknown(code)) {
        // Whether it is gone, all topics tell.
        look_again();
    } else {
        spdlog::debug("kafka: group \"{}\": {}", group(), reason);
    }
}

void Membership::fail(const Error& error) {
    if (is_leaving() || !note_failed()) return;
    tell([error, self = self()](Delivery& delivery) {
        delivery.fail(error);
        delivery.release([self] { self->leave({}); });
    });
}

void Membership::retire(const Error& error) {
    asio::post(strand(), [self = self(), error] { self->fail(error); });
}

void Membership::leave(std::function<void()> done) {
    if (departure_.is_over()) {
        if (done) done();
        return;
    }
    asio::post(strand(), [self = self(), done = std::move(done)]() mutable {
        self->look_timer_.cancel();
        self->departure_.start(std::move(done));
    });
}

void Membership::abandon() {
    asio::post(strand(), [self = self()] {
        if (self->is_leaving()) self->departure_.end();
    });
}

void Membership::ended() {
    look_timer_.cancel();
    poll_timer_.cancel();
    on_end_(*this);
}

}  // namespace gateway::kafka
