#include "amqp/intake.hpp"

#include <utility>

#include <fmt/format.h>

#include "amqp/bytes.hpp"
#include "amqp/connection.hpp"

namespace gateway::amqp {

namespace {

constexpr std::size_t max_batch_records = 1000;
constexpr std::size_t max_batch_bytes = 256 << 10;

}  // namespace

Intake::Intake(Plan plan, std::shared_ptr<Events> events)
    : plan_(std::move(plan)),
      events_(std::move(events)),
      wants_to_consume_(!plan_.waits),
      window_(plan_.prefetch, plan_.max_prefetch_bytes) {}

void Intake::opened() {
    ++generation_;
    is_set_up_ = false;
    is_ready_ = false;
    is_adjusting_ = false;
    if (plan_.is_bound) {
        send_declaration(
            connection().link(), number(),
            {.what = Destination::topic, .name = plan_.topic, .creates = plan_.creates_topic});
    } else {
        declare_queue();
    }
}

void Intake::declare_queue() {
    amqp_queue_declare_t declare{};
    declare.queue = to_bytes(plan_.queue);
    declare.durable = plan_.queue.empty() ? 0 : 1;
    declare.exclusive = plan_.queue.empty() ? 1 : 0;
    declare.auto_delete = plan_.queue.empty() ? 1 : 0;
    amqp_table_entry_t expiry{};
    if (plan_.queue_expiry) {
        expiry.key = amqp_cstring_bytes("x-expires");
        expiry.value.kind = AMQP_FIELD_KIND_I64;
        expiry.value.value.i64 = plan_.queue_expiry->count();
        declare.arguments = {1, &expiry};
    }
    send(AMQP_QUEUE_DECLARE_METHOD, declare);
}

void Intake::bind() {
    // Without a name it is the queue that the channel declared last.
    amqp_queue_bind_t bind{};
    bind.queue = to_bytes(plan_.queue);
    bind.exchange = to_bytes(plan_.topic);
    send(AMQP_QUEUE_BIND_METHOD, bind);
}

void Intake::limit() {
    amqp_basic_qos_t qos{};
    qos.prefetch_count = window_.count();
    send(AMQP_BASIC_QOS_METHOD, qos);
}

void Intake::send_consume() {
    amqp_basic_consume_t consume{};
    consume.queue = to_bytes(plan_.queue);
    send(AMQP_BASIC_CONSUME_METHOD, consume);
}

void Intake::consume() {
    if (!std::exchange(wants_to_consume_, true) && is_open() && is_set_up_) send_consume();
}

// One after the other: RabbitMQ goes on with what was sent behind a method that it refused, and
// closes the channel for each.
void Intake::answered(const amqp_method_t& method) {
    switch (method.id) {
        case AMQP_EXCHANGE_DECLARE_OK_METHOD:
            return declare_queue();
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            return plan_.is_bound ? bind() : limit();
        case AMQP_QUEUE_BIND_OK_METHOD:
            return limit();
        case AMQP_BASIC_QOS_OK_METHOD:
            is_set_up_ = true;
            if (wants_to_consume_) send_consume();
            if (plan_.waits) tell_ready();
            return;
        case AMQP_BASIC_CONSUME_OK_METHOD:
            if (is_adjusting_) cancel();
            consumer_ =
                to_view(static_cast<amqp_basic_consume_ok_t*>(method.decoded)->consumer_tag);
            is_adjusting_ = false;
            if (!plan_.waits) tell_ready();
            return;
        case AMQP_BASIC_CANCEL_METHOD:
            return begin_anew();
        default:
            return;
    }
}

// The count of a consumer stands when it begins. So another takes its place, before it goes: the
// last one takes an exclusive queue along.
void Intake::consume_anew() {
    is_adjusting_ = true;
    limit();
}

void Intake::cancel() {
    amqp_basic_cancel_t cancel{};
    cancel.consumer_tag = to_bytes(consumer_);
    send(AMQP_BASIC_CANCEL_METHOD, cancel);
}

void Intake::tell_ready() {
    if (std::exchange(is_ready_, true)) return;
    if (const auto events = events_.lock()) events->intake_ready(*this);
}

// The queue was deleted.
void Intake::begin_anew() {
    turn_ended();
    if (const auto events = events_.lock()) {
        events->intake_lost(*this, Error(Errc::broker_unavailable, "the queue was deleted"));
    }
    connection().restart(*this);
}

void Intake::acknowledge(std::uint64_t generation, std::uint64_t last) {
    if (!is_open() || generation != generation_) return;
    amqp_basic_ack_t ack{};
    ack.delivery_tag = last;
    ack.multiple = 1;
    send(AMQP_BASIC_ACK_METHOD, ack);
}

void Intake::arrived(const Content& content) {
    if (!batch_) batch_ = std::make_unique<Batch>(plan_.topic);
    batch_->add(content, plan_.headers);
    if (window_.add(content.body.size()) && !is_adjusting_ && !consumer_.empty()) consume_anew();
    if (batch_->records().size() >= max_batch_records || batch_->bytes() >= max_batch_bytes) {
        return turn_ended();
    }
    connection().touch(*this);
}

void Intake::turn_ended() {
    const auto events = events_.lock();
    if (batch_ && events) events->intake_records(*this, std::move(batch_));
    batch_.reset();
}

void Intake::lost(const Error& error, bool) {
    batch_.reset();
    const auto events = events_.lock();
    if (!events) return;
    if (error.code == Errc::limit_reached) {
        events->intake_failed(*this, error);
    } else {
        events->intake_lost(*this, error);
    }
}

void Intake::closed(const Closing& closing) {
    batch_.reset();
    const auto events = events_.lock();
    if (!events) return;
    const bool is_topic = closing.cause == AMQP_EXCHANGE_DECLARE_METHOD;
    events->intake_failed(
        *this, refusal_of({.what = is_topic ? Destination::topic : Destination::queue,
                           .name = is_topic || !plan_.is_bound ? plan_.topic : plan_.queue},
                          closing));
}

}  // namespace gateway::amqp
