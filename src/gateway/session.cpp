#include "gateway/session.hpp"

#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "gateway/routes.hpp"
#include "gateway/shard.hpp"
#include "wire/escape.hpp"
#include "wire/notification.hpp"
#include "wire/push.hpp"

namespace gateway {

namespace {

/// Replies that wait for a client may take so many times what is handed to its socket.
constexpr std::size_t max_waiting_factor = 16;

/// Says something that somebody waits for, or that nobody needs to wait any more.
bool ends_something(const Request& request) {
    return std::holds_alternative<CommandReply>(request.payload) ||
           std::holds_alternative<CancelCommand>(request.payload);
}

}  // namespace

Session::Session(Shard& shard, Connection& connection, std::uint64_t number, std::string user)
    : shard_(shard),
      connection_(&connection),
      number_(number),
      user_(std::move(user)),
      outlet_(connection, {.limit = shard.options.max_buffered_bytes,
                           .max_frame_bytes = shard.options.consumer.max_frame_bytes}),
      publisher_(shard.executor, shard.brokers, shard.options.producer, outlet_, *this),
      subscriptions_(shard, outlet_, *this),
      pushes_(outlet_, shard.options.pushes, shard.counters),
      linger_(shard.executor) {}

Session::~Session() = default;

void Session::received_text(std::string_view text) {
    if (is_closing_) return;
    for (const Request& request : shard_.parser.parse(text)) {
        if (is_draining_ && !(desk_ && ends_something(request))) {
            refuse(request, Errc::draining);
        } else {
            route(*this, request);
        }
    }
    publisher_.dispatch();
    settle();
}

void Session::received_binary(std::string_view) { received_unreadable(Errc::binary_not_supported); }

void Session::received_unreadable(const Error& error) {
    if (is_closing_) return;
    refuse(Request{}, error);
    settle();
}

void Session::written(std::size_t frames) {
    outlet_.written(frames, [this](const Outlet::Delivered& delivered) {
        subscriptions_.delivered(delivered);
    });
    settle();
}

void Session::closed() {
    connection_ = nullptr;
    outlet_.detach();
    pushes_.clear();
    desk_.reset();
    subscriptions_.clear();
    publisher_.flush();
    if (publisher_.is_handed_over()) return finish();
    linger_.set(shard_.options.producer.flush_timeout, [this] { finish(); });
}

void Session::drain() {
    is_draining_ = true;
    publisher_.flush();
    subscriptions_.drain(Errc::draining);
    settle();
}

void Session::abandon() {
    desk_.reset();
    subscriptions_.clear();
    if (connection_) connection_->close(CloseCode::going_away);
}

void Session::finish() {
    asio::post(shard_.executor, [weak = weak_from_this()] {
        if (const auto session = weak.lock()) session->shard_.sessions.remove(*session);
    });
}

void Session::settle() {
    outlet_.flush();
    pushes_.flush();
    subscriptions_.room();
    if (!connection_) {
        if (publisher_.is_handed_over()) finish();
        return;
    }
    const bool works = desk_ && !desk_->is_idle();
    const bool is_done = publisher_.is_settled() && subscriptions_.is_empty() && !works &&
                         in_flight_ == 0 && pushes_.is_empty() && outlet_.is_idle();
    if (is_draining_ && is_done && !std::exchange(is_closing_, true)) {
        return connection_->close(CloseCode::going_away);
    }
    if (is_closing_) return;
    const bool may_read =
        (!is_draining_ || works) && !publisher_.is_full() && !outlet_.has_waiting_replies();
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

ServiceDesk* Session::desk() {
    if (!desk_ && shard_.services && !is_draining_) {
        desk_ = shard_.services->open(*this, client_id());
    }
    return desk_.get();
}

std::optional<Asked> Session::begin_anyway(const Request& request) {
    ++in_flight_;
    return Asked(request);
}

std::optional<Error> Session::refusal_of_reply(std::size_t bytes) const {
    if (!is_too_much(bytes)) return std::nullopt;
    return Error(Errc::too_many_requests,
                 fmt::format("replies that are not read wait already, more than {} times "
                             "websocket.max_buffered_bytes",
                             max_waiting_factor));
}

void Session::answer(const Asked& asked, std::string_view payload) {
    if (const auto refusal = refusal_of_reply(payload.size())) {
        fail(asked, *refusal);
    } else {
        succeed(asked, payload);
    }
    settle();
}

void Session::answer(const Asked& asked, const Error& error) {
    fail(asked, error);
    settle();
}

bool Session::is_too_much(std::size_t bytes) const {
    const std::size_t bound = max_waiting_factor * shard_.options.max_buffered_bytes;
    return outlet_.has_waiting_replies() && outlet_.waiting_bytes() + bytes > bound;
}

bool Session::deliver(const Delivery& delivery) {
    // What fills the socket leaves at once, so that it is the same that is dropped however the
    // deliveries come together.
    if (outlet_.waiting_bytes() >= shard_.options.max_buffered_bytes) outlet_.flush();
    if (is_too_much(delivery.payload.size())) return false;
    append_delivery(outlet_.reply(),
                    shard_.counters.notification_ids.fetch_add(1, std::memory_order_relaxed),
                    delivery.refid, delivery.payload);
    return true;
}

std::string Session::client_id() const {
    return fmt::format("{}.{}", shard_.node.process, number_);
}

ReplyHead Session::head_of(const Asked& asked) {
    return {outlet_.next_id(), asked.id, asked.type, asked.action};
}

void Session::succeed(const Asked& asked) {
    --in_flight_;
    append_reply(outlet_.reply(), head_of(asked));
}

void Session::succeed(const Asked& asked, std::string_view payload) {
    --in_flight_;
    append_reply(outlet_.reply(), head_of(asked), payload);
}

void Session::fail(const Asked& asked, const Error& error) {
    --in_flight_;
    append_failure(outlet_.reply(), head_of(asked), error);
}

void Session::accept(const Request& request) {
    append_reply(outlet_.reply(), {outlet_.next_id(), request.id, request.type, request.action});
}

void Session::accept(const Request& request, std::string_view payload) {
    append_reply(outlet_.reply(), {outlet_.next_id(), request.id, request.type, request.action},
                 payload);
}

void Session::refuse(const Request& request, const Error& error) {
    append_failure(outlet_.reply(), {outlet_.next_id(), request.id, request.type, request.action},
                   error);
}

void Session::subscribed(const Asked& asked, std::string_view sub, std::string_view names,
                         std::string_view positions) {
    --in_flight_;
    if (positions.empty()) {
        append_subscribed(outlet_.reply(), head_of(asked), names);
        return;
    }
    std::string name;
    if (!sub.empty()) append_string(name, sub);
    append_subscribed(outlet_.reply(), head_of(asked), name, names, positions);
}

void Session::ended(const Asked& asked, const Error& error) {
    ++in_flight_;
    fail(asked, error);
}

std::function<void()> Session::later(std::function<void()> call) {
    return [weak = weak_from_this(), call = std::move(call)] {
        const auto session = weak.lock();
        if (!session) return;
        asio::post(session->shard_.executor, [weak, call] {
            if (const auto self = weak.lock()) call();
        });
    };
}

void Session::subscriptions_moved() { settle(); }

void Session::client_too_slow() {
    if (connection_ && !std::exchange(is_closing_, true)) {
        connection_->close(CloseCode::slow_consumer);
        // The client may take its time to agree; others need not wait for what it does not read.
        later([this] {
            desk_.reset();
            pushes_.clear();
            subscriptions_.clear();
        })();
    }
}

void Session::publisher_moved() { settle(); }

void Session::done(const Asked& asked, std::string_view payload) {
    const bool is_quiet =
        asked.id.empty() && (asked.action == Action::reply || asked.action == Action::progress);
    if (is_quiet) {
        --in_flight_;
    } else if (payload.empty()) {
        succeed(asked);
    } else {
        return answer(asked, payload);
    }
    settle();
}

void Session::refused(const Asked& asked, const Error& error) { answer(asked, error); }

void Session::failed(const Asked& asked, std::string_view data) {
    if (const auto refusal = refusal_of_reply(data.size())) return answer(asked, *refusal);
    --in_flight_;
    append_command_failure(outlet_.reply(), head_of(asked), Errc::command_failed, data);
    settle();
}

void Session::progressed(const Asked& asked, std::string_view data) {
    // The next one says more: nobody needs to wait for this.
    if (outlet_.has_waiting_replies()) return;
    append_progress(outlet_.reply(), head_of(asked), data);
    settle();
}

void Session::command(std::string message) {
    pushes_.add_command(std::move(message));
    if (pushes_.is_too_slow()) client_too_slow();
}

void Session::change(std::string message) {
    pushes_.add_change(std::move(message));
    settle();
}

void Session::events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) {
    pushes_.add_events(frame, count);
}

void Session::heard() { settle(); }

}  // namespace gateway
