#include "amqp/publisher.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "amqp/bytes.hpp"
#include "amqp/connection.hpp"

namespace gateway::amqp {

namespace {

constexpr int records_per_turn = 1000;
constexpr std::chrono::seconds look_timeout{10};

/// The one queue that a record is for, if it goes through the default exchange.
std::optional<std::string_view> queue_of(const OutgoingRecord& record) {
    if (record.destination == Destination::queue) return record.topic;
    if (record.destination == Destination::exchange && record.topic.empty()) {
        return record.routing_key;
    }
    return std::nullopt;
}

}  // namespace

Publisher::Publisher(Connection& owner, Declarer& declarer, Topics& topics, const Options& options)
    : owner_(owner),
      declarer_(declarer),
      topics_(topics),
      options_(options),
      deadline_(owner.io()),
      last_error_(Errc::broker_unavailable) {}

void Publisher::take(const std::shared_ptr<Outbox>& outbox,
                     const std::shared_ptr<const Block>& block) {
    std::string_view last;
    for (std::uint32_t i = 0; i < block->records().size(); ++i) {
        const OutgoingRecord& record = block->records()[i];
        queue_.push_back({outbox, block, i});
        if (record.topic.data() == last.data()) continue;
        last = record.topic;
        if (is_open()) static_cast<void>(is_there(record));
    }
    watch_deadlines();
    pump();
    report();
}

void Publisher::when_idle(std::function<void()> done) {
    idle_.push_back(std::move(done));
    report();
}

void Publisher::opened() {
    Channel::send(AMQP_CONFIRM_SELECT_METHOD, amqp_confirm_select_t{});
    has_confirmed_ = false;
    is_waiting_ = false;
    pump();
}

void Publisher::lost(const Error& error, bool is_permanent) {
    last_error_ = error;
    destinations_.clear();
    requeue();
    if (is_permanent) fail_everything(error);
    report();
}

// Which record the broker did not like it does not say. Where nothing was confirmed since the
// channel was opened, all are sent again one by one, and the next closing tells of the only one.
void Publisher::closed(const Closing& closing) {
    destinations_.clear();
    if (careful_left_ > 0) {
        for (const Item& item : window_.reset()) {
            settle(item, refusal_of({.what = item.record().destination,
                                     .name = std::string(item.record().topic)},
                                    closing));
        }
        sending_.reset();
        rest_ = {};
    } else {
        requeue();
        if (!has_confirmed_) careful_left_ = queue_.size();
    }
    report();
    owner_.post([self = shared_from_this()] { self->owner_.reopen(*self); });
}

void Publisher::answered(const amqp_method_t& method) {
    if (method.id == AMQP_BASIC_ACK_METHOD) {
        const auto& ack = *static_cast<amqp_basic_ack_t*>(method.decoded);
        confirm(ack.delivery_tag, ack.multiple != 0, true);
    } else if (method.id == AMQP_BASIC_NACK_METHOD) {
        const auto& nack = *static_cast<amqp_basic_nack_t*>(method.decoded);
        confirm(nack.delivery_tag, nack.multiple != 0, false);
    }
}

void Publisher::confirm(std::uint64_t number, bool multiple, bool is_taken) {
    has_confirmed_ = true;
    for (const Item& item : window_.settle(number, multiple)) {
        if (!is_taken) {
            settle(item, Error(Errc::delivery_failed, "the broker could not store the record"));
        } else if (item.is_returned) {
            settle(item,
                   Error(Errc::topic_not_found, fmt::format("the queue \"{}\" does not exist",
                                                            queue_of(item.record()).value_or(""))));
        } else {
            settle(item, std::nullopt);
        }
    }
    owner_.touch(*this);
    if (careful_left_ > 0) pump();
}

// A return does not say which record it is; one that is equal in all that counts is as good.
void Publisher::arrived(const Content& content) {
    Item* const item = window_.find_if([&](const Item& each) {
        const OutgoingRecord& record = each.record();
        return !each.is_returned && queue_of(record) == content.routing_key &&
               record.value.value_or("") == content.body;
    });
    if (!item) return;
    item->is_returned = true;
    destinations_.forget(item->record());
}

void Publisher::blocked(bool is_blocked) {
    if (!is_blocked) pump();
}

bool Publisher::may_send() const {
    return is_open() && !owner_.is_blocked() && !is_waiting_ && !owner_.link().is_lost();
}

void Publisher::pump() {
    if (!may_send() || (queue_.empty() && !sending_)) return;
    Link& link = owner_.link();
    link.cork(true);
    int sent = 0;
    while (may_send() && send_rest() && !queue_.empty()) {
        if (careful_left_ > 0 && !window_.is_empty()) break;
        if (sent++ == records_per_turn) {
            owner_.post([self = shared_from_this()] { self->pump(); });
            break;
        }
        if (!is_there(queue_.front().record())) break;
        Item item = std::move(queue_.front());
        queue_.pop_front();
        send(std::move(item));
    }
    link.cork(false);
}

void Publisher::send(Item item) {
    const OutgoingRecord& record = item.record();
    amqp_basic_publish_t publish{};
    const auto queue = queue_of(record);
    publish.exchange = queue ? amqp_empty_bytes : to_bytes(record.topic);
    publish.routing_key = to_bytes(queue.value_or(record.routing_key));
    publish.mandatory = queue ? 1 : 0;
    const std::string_view body = record.value.value_or("");
    Channel::send(AMQP_BASIC_PUBLISH_METHOD, publish);
    owner_.link().send_header(number(), properties_.write(record), body.size());
    written_ += Block::cost(record) - body.size();
    sending_ = item.block;
    rest_ = body;
    window_.add(std::move(item));
}

// Writes no more than the socket takes at once: while the broker reads nothing, this thread must
// not wait for it.
bool Publisher::send_rest() {
    Link& link = owner_.link();
    while (!link.is_lost()) {
        if (written_ >= Link::max_burst) {
            if (!link.is_writable()) {
                is_waiting_ = true;
                owner_.when_writable([self = shared_from_this()] {
                    self->is_waiting_ = false;
                    self->pump();
                });
                return false;
            }
            written_ = 0;
        }
        if (rest_.empty()) {
            sending_.reset();
            return true;
        }
        const std::string_view part = rest_.substr(0, Link::max_body_part);
        link.send_body(number(), part);
        rest_.remove_prefix(part.size());
        written_ += part.size();
    }
    return false;
}

void Publisher::requeue() {
    auto unconfirmed = window_.reset();
    for (Item& item : unconfirmed) item.is_returned = false;
    queue_.insert(queue_.begin(), std::make_move_iterator(unconfirmed.begin()),
                  std::make_move_iterator(unconfirmed.end()));
    sending_.reset();
    rest_ = {};
    written_ = 0;
    is_waiting_ = false;
}

bool Publisher::is_there(const OutgoingRecord& record) {
    switch (destinations_.standing(record)) {
        case Destinations::Standing::there:
            return true;
        case Destinations::Standing::asked:
            return false;
        case Destinations::Standing::unknown:
            break;
    }
    destinations_.ask(record);
    // Not from here: its answer may come at once.
    owner_.post(
        [self = shared_from_this(), declaration = Declaration{.what = record.destination,
                                                              .name = std::string(record.topic),
                                                              .creates = options_.auto_create}] {
            self->declarer_.declare(declaration, look_timeout,
                                    [self, declaration](const std::optional<Error>& error) {
                                        self->found(declaration, error);
                                    });
        });
    return false;
}

void Publisher::found(const Declaration& declaration, const std::optional<Error>& error) {
    if (!destinations_.answer(declaration.what, declaration.name, !error)) return;
    const bool is_topic = declaration.what == Destination::topic;
    if (!error) {
        if (is_topic) topics_.add(declaration.name);
    } else if (error->code != Errc::broker_unavailable && error->code != Errc::request_timeout) {
        refuse_all(declaration, *error);
        if (is_topic && error->code == Errc::topic_not_found) topics_.remove(declaration.name);
    }
    pump();
    report();
}

void Publisher::refuse_all(const Declaration& declaration, const Error& error) {
    std::deque<Item> kept;
    for (Item& item : queue_) {
        const OutgoingRecord& record = item.record();
        if (record.destination == declaration.what && record.topic == declaration.name) {
            settle(item, error);
        } else {
            kept.push_back(std::move(item));
        }
    }
    queue_ = std::move(kept);
}

void Publisher::settle(const Item& item, const std::optional<Error>& error) {
    if (careful_left_ > 0) --careful_left_;
    settled_[item.from].push_back({item.block, item.index, error});
}

void Publisher::fail_everything(const Error& error) {
    for (const Item& item : std::exchange(queue_, {})) settle(item, error);
}

void Publisher::watch_deadlines() {
    if (is_watching_) return;
    auto next = Block::Time::max();
    if (!queue_.empty()) next = queue_.front().block->deadline();
    if (const Item* first = window_.find_if([](const Item&) { return true; })) {
        next = std::min(next, first->block->deadline());
    }
    if (next == Block::Time::max()) return;
    is_watching_ = true;
    deadline_.expires_at(next);
    deadline_.async_wait([self = shared_from_this()](std::error_code cancelled) {
        if (cancelled) return;
        self->is_watching_ = false;
        self->expire();
        self->watch_deadlines();
    });
}

void Publisher::expire() {
    const auto now = std::chrono::steady_clock::now();
    const auto is_late = [now](const Item& item) { return item.block->deadline() <= now; };
    const Error late(Errc::delivery_failed,
                     owner_.is_blocked()
                         ? "the broker is low on memory or disk and has taken nothing in time"
                     : owner_.is_up() ? "the broker did not confirm the record in time"
                                      : last_error_.message);
    for (const Item& item : window_.take_if(is_late)) settle(item, late);
    while (!queue_.empty() && is_late(queue_.front())) {
        settle(queue_.front(), late);
        queue_.pop_front();
    }
    report();
}

void Publisher::report() {
    for (auto& [outbox, settled] : std::exchange(settled_, {})) {
        Outbox::post(outbox, std::move(settled));
    }
    if (!queue_.empty() || !window_.is_empty()) return;
    for (const auto& done : std::exchange(idle_, {})) done();
}

}  // namespace gateway::amqp
