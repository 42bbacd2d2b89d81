#include "gateway/session.hpp"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "gateway/routes.hpp"
#include "gateway/shard.hpp"
#include "wire/reply.hpp"

namespace gateway {

namespace {

/// Replies that wait for a client may take so many times what is handed to its socket.
constexpr std::size_t max_waiting_factor = 16;

}  // namespace

Session::Session(Shard& shard, Connection& connection, std::uint64_t number)
    : shard_(shard),
      connection_(&connection),
      number_(number),
      outlet_(connection, {.limit = shard.options.max_buffered_bytes,
                           .max_frame_bytes = shard.options.consumer.max_frame_bytes}),
      publisher_(shard.executor, shard.brokers, shard.options.producer, outlet_, *this),
      linger_(shard.executor) {}

Session::~Session() = default;

void Session::received_text(std::string_view text) {
    if (is_closing_) return;
    for (const Request& request : shard_.parser.parse(text)) {
        if (is_draining_) {
            refuse(request, Errc::draining);
        } else {
            route(*this, request);
        }
    }
    publisher_.dispatch();
    settle();
}

void Session::received_binary(std::string_view) {
    if (is_closing_) return;
    refuse(Request{}, Errc::binary_not_supported);
    settle();
}

void Session::written(std::size_t frames) {
    outlet_.written(frames, [this](const Outlet::Delivered& delivered) {
        if (subscription_ && subscription_->options().number == delivered.subscription) {
            subscription_->delivered(delivered.next);
        }
    });
    settle();
}

void Session::closed() {
    connection_ = nullptr;
    outlet_.detach();
    subscription_.reset();
    wanted_.reset();
    publisher_.flush();
    if (publisher_.is_handed_over()) return finish();
    linger_.set(shard_.options.producer.flush_timeout, [this] { finish(); });
}

void Session::drain() {
    is_draining_ = true;
    supersede();
    publisher_.flush();
    replace();
    settle();
}

void Session::abandon() {
    subscription_.reset();
    if (connection_) connection_->close(CloseCode::going_away);
}

void Session::finish() {
    asio::post(shard_.executor, [weak = weak_from_this()] {
        if (const auto session = weak.lock()) session->shard_.sessions.remove(*session);
    });
}

void Session::settle() {
    outlet_.flush();
    if (subscription_ && outlet_.has_room()) subscription_->room();
    if (!connection_) {
        if (publisher_.is_handed_over()) finish();
        return;
    }
    const bool is_done = publisher_.is_settled() && !subscription_ && outlet_.is_idle();
    if (is_draining_ && is_done && !std::exchange(is_closing_, true)) {
        return connection_->close(CloseCode::going_away);
    }
    if (is_closing_) return;
    const bool may_read = !is_draining_ && !publisher_.is_full() && !outlet_.has_waiting_replies();
    if (may_read == is_reading_) return;
    is_reading_ = may_read;
    if (may_read) {
        connection_->resume_reading();
    } else {
        connection_->pause_reading();
    }
}

std::optional<Asked> Session::begin(const Request& request) {
    if (in_flight_ >= shard_.options.requests.max_in_flight) {
        refuse(request, Error(Errc::too_many_requests,
                              fmt::format("{} requests of this connection wait for an answer; "
                                          "requests.max_in_flight allows no more",
                                          in_flight_)));
        return std::nullopt;
    }
    ++in_flight_;
    return Asked(request);
}

void Session::answer(const Asked& asked, std::string_view payload) {
    const std::size_t bound = max_waiting_factor * shard_.options.max_buffered_bytes;
    if (outlet_.waiting_bytes() + payload.size() > bound && outlet_.has_waiting_replies()) {
        fail(asked, Error(Errc::too_many_requests,
                          fmt::format("replies that are not read wait already, more than {} times "
                                      "websocket.max_buffered_bytes",
                                      max_waiting_factor)));
    } else {
        succeed(asked, payload);
    }
    settle();
}

void Session::answer(const Asked& asked, const Error& error) {
    fail(asked, error);
    settle();
}

void Session::succeed(const Asked& asked, std::string_view payload) {
    --in_flight_;
    const ReplyHead head{outlet_.next_id(), asked.id, asked.type, asked.action};
    if (asked.action == Action::subscribe) {
        append_subscribed(outlet_.reply(), head, payload);
    } else if (payload.empty()) {
        append_reply(outlet_.reply(), head);
    } else {
        append_reply(outlet_.reply(), head, payload);
    }
}

void Session::fail(const Asked& asked, const Error& error) {
    --in_flight_;
    append_failure(outlet_.reply(), {outlet_.next_id(), asked.id, asked.type, asked.action}, error);
}

void Session::refuse(const Request& request, const Error& error) {
    append_failure(outlet_.reply(), {outlet_.next_id(), request.id, request.type, request.action},
                   error);
}

void Session::subscribe(Asked asked, Broker& broker, Subscription::Options options) {
    supersede();
    wanted_.emplace(Wanted{std::move(asked), &broker, std::move(options)});
    replace();
}

void Session::unsubscribe(Asked asked) {
    supersede();
    leaving_.push_back(std::move(asked));
    replace();
}

void Session::unsubscribe(Asked asked, const std::vector<std::string>& topics) {
    const bool is_subscribed = subscription_ && !subscription_->is_ending();
    if (!is_subscribed && !wanted_) return fail(asked, Errc::not_subscribed);

    Subscription::Options rest = wanted_ ? wanted_->options : subscription_->options();
    Broker* broker = wanted_ ? wanted_->broker : broker_;
    for (const std::string& topic : topics) {
        const auto found = std::ranges::find(rest.names, topic);
        if (found == rest.names.end()) {
            return fail(
                asked, Error(Errc::not_subscribed, fmt::format("\"{}\" is not subscribed", topic)));
        }
        rest.consumer.topics.erase(rest.consumer.topics.begin() + (found - rest.names.begin()));
        rest.names.erase(found);
    }
    if (rest.names.empty()) return unsubscribe(std::move(asked));
    subscribe(std::move(asked), *broker, std::move(rest));
}

const std::vector<std::string>* Session::subscribed_topics() const {
    return subscription_ && subscription_->is_live() ? &subscription_->options().names : nullptr;
}

void Session::supersede() {
    const Error error = is_draining_ ? Errc::draining : Errc::superseded;
    if (joining_) fail(*joining_, error);
    if (wanted_) fail(wanted_->asked, error);
    joining_.reset();
    wanted_.reset();
}

void Session::replace() {
    if (!subscription_) return subscription_left();
    if (subscription_->is_ending() || subscription_->is_over()) return;
    subscription_->end([weak = weak_from_this()] {
        const auto session = weak.lock();
        if (!session) return;
        session->post_subscription_left();
    });
}

void Session::post_subscription_left() {
    asio::post(shard_.executor, [weak = weak_from_this(), number = subscriptions_] {
        const auto self = weak.lock();
        if (self && self->subscriptions_ == number) self->subscription_left();
    });
}

void Session::subscription_left() {
    subscription_.reset();
    // What goes on with fewer topics still answers to the request that began it.
    if (!wanted_ || wanted_->asked.action == Action::subscribe) subscribed_.reset();
    for (const Asked& asked : std::exchange(leaving_, {})) succeed(asked);
    if (wanted_) start_wanted();
    settle();
}

void Session::start_wanted() {
    Wanted wanted = *std::exchange(wanted_, std::nullopt);
    wanted.options.number = ++subscriptions_;
    broker_ = wanted.broker;
    Subscription::Owner& owner = *this;
    subscription_ =
        std::make_unique<Subscription>(shard_.executor, std::move(wanted.options), outlet_,
                                       shard_.counters.notification_ids, shard_.json_check, owner);
    joining_ = std::move(wanted.asked);
    if (const auto error = subscription_->start(*broker_)) {
        fail(*joining_, *error);
        joining_.reset();
        subscription_.reset();
    }
}

void Session::subscription_live() {
    const Asked asked = *std::exchange(joining_, std::nullopt);
    if (asked.action == Action::subscribe) {
        subscribed_ = asked;
        std::string names;
        append_strings(names, subscription_->options().names);
        succeed(asked, names);
    } else {
        succeed(asked);
    }
    settle();
}

void Session::subscription_failed(const Error& error) {
    if (joining_) {
        fail(*joining_, error);
        joining_.reset();
    } else if (subscribed_) {
        ++in_flight_;
        fail(*subscribed_, error);
    }
    post_subscription_left();
    settle();
}

void Session::publisher_moved() { settle(); }

}  // namespace gateway
