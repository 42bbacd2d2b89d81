#include "measure/amqp.hpp"

#include <amqp_tcp_socket.h>

#include <iterator>
#include <stdexcept>

namespace bench {

namespace {

constexpr amqp_channel_t channel = 1;

amqp_bytes_t to_bytes(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())};
}

std::string queue_of(const std::string& topic, const std::string& group) {
    return topic + ':' + group;
}

void require(int status) {
    if (status < 0) throw std::runtime_error(amqp_error_string2(status));
}

}  // namespace

Amqp::Amqp(std::string url) : state_(amqp_new_connection()) {
    amqp_connection_info info;
    require(amqp_parse_url(url.data(), &info));
    require(amqp_socket_open(amqp_tcp_socket_new(state_.get()), info.host, info.port));
    const auto reply = amqp_login(state_.get(), "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
                                  info.user, info.password);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) throw std::runtime_error("refused by RabbitMQ");
    amqp_channel_open(state_.get(), channel);
    check();
}

void Amqp::check() const {
    const auto reply = amqp_get_rpc_reply(state_.get());
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) throw std::runtime_error("refused by RabbitMQ");
}

void Amqp::declare(const std::string& topic, const std::string& group) {
    const std::string queue = queue_of(topic, group);
    amqp_exchange_declare(state_.get(), channel, to_bytes(topic), to_bytes("fanout"), 0, 1, 0, 0,
                          amqp_empty_table);
    check();
    amqp_queue_declare(state_.get(), channel, to_bytes(queue), 0, 1, 0, 0, amqp_empty_table);
    check();
    amqp_queue_bind(state_.get(), channel, to_bytes(queue), to_bytes(topic), amqp_empty_bytes,
                    amqp_empty_table);
    check();
}

void Amqp::remove(const std::string& topic, const std::string& group) {
    amqp_queue_delete(state_.get(), channel, to_bytes(queue_of(topic, group)), 0, 0);
    check();
    amqp_exchange_delete(state_.get(), channel, to_bytes(topic), 0);
    check();
}

std::uint64_t Amqp::depth(const std::string& topic, const std::string& group) {
    const std::string queue = queue_of(topic, group);
    const auto* found =
        amqp_queue_declare(state_.get(), channel, to_bytes(queue), 1, 1, 0, 0, amqp_empty_table);
    check();
    return found->message_count;
}

void Amqp::confirm() {
    amqp_confirm_select(state_.get(), channel);
    check();
}

void Amqp::publish(const std::string& topic, std::string_view value) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    require(amqp_basic_publish(state_.get(), channel, to_bytes(topic), amqp_empty_bytes, 0, 0,
                               &properties, to_bytes(value)));
}

std::uint64_t Amqp::take_confirms() {
    std::uint64_t confirmed = 0;
    for (timeval wait{.tv_sec = 60, .tv_usec = 0};; wait = {}) {
        amqp_frame_t frame;
        amqp_maybe_release_buffers(state_.get());
        const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &wait);
        if (status == AMQP_STATUS_TIMEOUT && confirmed > 0) return confirmed;
        require(status);
        if (frame.frame_type != AMQP_FRAME_METHOD ||
            frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
            throw std::runtime_error("RabbitMQ says something else than an acknowledgement");
        }
        confirmed += count(*static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded));
    }
}

std::uint64_t Amqp::count(const amqp_basic_ack_t& ack) {
    if (ack.multiple == 0) {
        ahead_.insert(ack.delivery_tag);
        while (ahead_.erase(confirmed_ + 1) > 0) ++confirmed_;
        return 1;
    }
    const auto known = static_cast<std::uint64_t>(
        std::distance(ahead_.begin(), ahead_.upper_bound(ack.delivery_tag)));
    const std::uint64_t more = ack.delivery_tag - confirmed_ - known;
    confirmed_ = ack.delivery_tag;
    ahead_.erase(ahead_.begin(), ahead_.upper_bound(ack.delivery_tag));
    while (ahead_.erase(confirmed_ + 1) > 0) ++confirmed_;
    return more;
}

void Amqp::consume(const std::string& topic, const std::string& group, std::uint16_t prefetch) {
    amqp_basic_qos(state_.get(), channel, 0, prefetch, 0);
    check();
    amqp_basic_consume(state_.get(), channel, to_bytes(queue_of(topic, group)), amqp_empty_bytes, 0,
                       0, 0, amqp_empty_table);
    check();
}

std::size_t Amqp::take_message(bool acknowledges) {
    amqp_maybe_release_buffers(state_.get());
    amqp_envelope_t envelope;
    const timeval wait{.tv_sec = 60, .tv_usec = 0};
    const auto reply = amqp_consume_message(state_.get(), &envelope, &wait, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) throw std::runtime_error("no message came");
    const std::size_t bytes = envelope.message.body.len;
    if (acknowledges) {
        require(amqp_basic_ack(state_.get(), channel, envelope.delivery_tag, 1));
    }
    amqp_destroy_envelope(&envelope);
    return bytes;
}

}  // namespace bench
