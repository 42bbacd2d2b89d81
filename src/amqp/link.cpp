#include "amqp/link.hpp"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "amqp/bytes.hpp"

namespace gateway::amqp {

namespace {

constexpr std::uint16_t wanted_channels = 0;  // As many as the broker allows.
constexpr auto system_authorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr int send_buffer_bytes = 512 << 10;  // Several bursts and a frame fit in.

timeval to_timeval(std::chrono::milliseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const auto rest = std::chrono::microseconds(time - seconds);
    return {.tv_sec = static_cast<time_t>(seconds.count()),
            .tv_usec = static_cast<suseconds_t>(rest.count())};
}

amqp_table_entry_t capability(const char* name) {
    amqp_table_entry_t entry{};
    entry.key = amqp_cstring_bytes(name);
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

std::uint16_t port_of(const Options& options, const Host& host) {
    if (host.port != 0) return host.port;
    return options.tls.enabled ? 5671 : 5672;
}

}  // namespace

Link::~Link() { close(); }

std::optional<Failure> Link::open(const Options& options, const Host& host) {
    close();
    state_.reset(amqp_new_connection());
    auto failure = connect(options, host);
    if (!failure) failure = log_in(options);
    if (failure) {
        failure->reason =
            fmt::format("{}:{}: {}", host.name, port_of(options, host), failure->reason);
        is_lost_ = true;
        close();
        return failure;
    }
    is_lost_ = false;
    return std::nullopt;
}

std::optional<Failure> Link::connect(const Options& options, const Host& host) {
    amqp_socket_t* socket =
        options.tls.enabled ? amqp_ssl_socket_new(state_.get()) : amqp_tcp_socket_new(state_.get());
    if (!socket) return Failure{"no socket could be made", false};
    if (options.tls.enabled) {
        if (auto failure = secure(socket, options.tls)) return failure;
    }
    timeval timeout = to_timeval(options.connect_timeout);
    const int status =
        amqp_socket_open_noblock(socket, host.name.c_str(), port_of(options, host), &timeout);
    if (status == AMQP_STATUS_SOCKET_ERROR) return Failure{"nobody listens there", false};
    if (status != AMQP_STATUS_OK) return failure_of_status(status);
    setsockopt(this->socket(), SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
    const std::lock_guard lock(mutex_);
    interruptible_ = this->socket();
    return std::nullopt;
}

std::optional<Failure> Link::secure(amqp_socket_t* socket, const Options::Tls& tls) {
    amqp_ssl_socket_set_verify_peer(socket, tls.verify);
    amqp_ssl_socket_set_verify_hostname(socket, tls.verify);
    if (tls.verify) {
        const std::string ca = tls.ca.empty() ? system_authorities : tls.ca;
        if (amqp_ssl_socket_set_cacert(socket, ca.c_str()) != AMQP_STATUS_OK) {
            return Failure{fmt::format("the authorities in \"{}\" cannot be used", ca), true};
        }
    }
    if (!tls.cert.empty() &&
        amqp_ssl_socket_set_key(socket, tls.cert.c_str(), tls.key.c_str()) != AMQP_STATUS_OK) {
        return Failure{
            fmt::format("the certificate \"{}\" and key \"{}\" cannot be used", tls.cert, tls.key),
            true};
    }
    return std::nullopt;
}

std::optional<Failure> Link::log_in(const Options& options) {
    timeval timeout = to_timeval(options.connect_timeout);
    amqp_set_handshake_timeout(state_.get(), &timeout);
    amqp_set_rpc_timeout(state_.get(), &timeout);

    std::array capabilities = {capability("connection.blocked"),
                               capability("consumer_cancel_notify"),
                               capability("authentication_failure_close")};
    std::array<amqp_table_entry_t, 2> entries{};
    entries[0].key = amqp_cstring_bytes("capabilities");
    entries[0].value.kind = AMQP_FIELD_KIND_TABLE;
    entries[0].value.value.table = {static_cast<int>(capabilities.size()), capabilities.data()};
    entries[1].key = amqp_cstring_bytes("connection_name");
    entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
    entries[1].value.value.bytes = amqp_cstring_bytes("kafka-ws");
    const amqp_table_t properties{static_cast<int>(entries.size()), entries.data()};

    return failure_of(amqp_login_with_properties(
        state_.get(), options.vhost.c_str(), wanted_channels, static_cast<int>(max_frame_bytes),
        static_cast<int>(options.heartbeat.count()), &properties, AMQP_SASL_METHOD_PLAIN,
        options.user.c_str(), options.password.c_str()));
}

void Link::close() {
    if (!state_) return;
    if (!is_lost_) {
        timeval timeout = to_timeval(std::chrono::milliseconds(500));
        amqp_set_rpc_timeout(state_.get(), &timeout);
        amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS);
        is_lost_ = true;
    }
    const std::lock_guard lock(mutex_);
    interruptible_ = -1;
    state_.reset();
}

void Link::interrupt() {
    const std::lock_guard lock(mutex_);
    if (interruptible_ >= 0) shutdown(interruptible_, SHUT_RDWR);
}

void Link::drop() {
    is_lost_ = true;
    close();
}

int Link::socket() const { return amqp_get_sockfd(state_.get()); }

std::uint16_t Link::max_channels() const {
    const int most = amqp_get_channel_max(state_.get());
    return most > 0 ? static_cast<std::uint16_t>(most) : 0xffff;
}

bool Link::sent(int status) {
    if (status == AMQP_STATUS_OK) return true;
    if (!is_lost_) {
        is_lost_ = true;
        loss_ = failure_of_status(status);
    }
    return false;
}

bool Link::send(std::uint16_t channel, amqp_method_number_t method, void* decoded) {
    return !is_lost_ && sent(amqp_send_method(state_.get(), channel, method, decoded));
}

bool Link::send_header(std::uint16_t channel, const amqp_basic_properties_t& properties,
                       std::size_t body_size) {
    if (is_lost_) return false;
    amqp_frame_t frame{};
    frame.frame_type = AMQP_FRAME_HEADER;
    frame.channel = channel;
    frame.payload.properties.class_id = AMQP_BASIC_CLASS;
    frame.payload.properties.body_size = body_size;
    frame.payload.properties.decoded = const_cast<amqp_basic_properties_t*>(&properties);
    return sent(amqp_send_frame(state_.get(), &frame));
}

bool Link::send_body(std::uint16_t channel, std::string_view part) {
    if (is_lost_) return false;
    amqp_frame_t frame{};
    frame.frame_type = AMQP_FRAME_BODY;
    frame.channel = channel;
    frame.payload.body_fragment = to_bytes(part);
    return sent(amqp_send_frame(state_.get(), &frame));
}

bool Link::is_writable() const {
    pollfd poll_for{.fd = socket(), .events = POLLOUT, .revents = 0};
    return poll(&poll_for, 1, 0) == 1;
}

void Link::cork(bool is_corked) {
    const int value = is_corked ? 1 : 0;
    if (!is_lost_) setsockopt(socket(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

Link::Got Link::receive(amqp_frame_t& frame) {
    if (is_lost_) return Got::lost;
    const timeval at_once{};
    const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &at_once);
    if (status == AMQP_STATUS_OK) return Got::frame;
    if (status == AMQP_STATUS_TIMEOUT) return Got::nothing;
    return sent(status) ? Got::frame : Got::lost;
}

void Link::release(std::uint16_t channel) {
    amqp_maybe_release_buffers_on_channel(state_.get(), channel);
}

}  // namespace gateway::amqp
