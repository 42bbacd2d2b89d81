// websocketpp is compiled here alone: Listener, its endpoint and its sockets are one translation
// unit, since each further one costs a quarter of a minute.

#include "websocket/listener.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/origin.hpp"
#include "websocket/http_exchange.hpp"
#include "websocket/resources.hpp"
#include "websocket/socket.hpp"
#include "websocket/user_header.hpp"

namespace gateway::websocket {

namespace {

/// Bytes of answers to pings that may wait behind what is being written.
constexpr std::size_t max_waiting_pongs = 4096;

constexpr int quarters = 4;

/// For a client to read why it was closed.
constexpr std::chrono::milliseconds linger_time{1000};

/// SO_REUSEPORT lets another process share our port by mistake; a bind without it notices.
void check_is_free(const asio::ip::tcp::endpoint& address) {
    asio::io_context io;
    asio::ip::tcp::acceptor probe(io, address.protocol());
    probe.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    probe.bind(address);
}

/// A header's value; empty too if it is one that must not be repeated in a reply.
std::string header_of(const ServerConfig::request_type& request, const std::string& name) {
    const std::string& value = request.get_header(name);
    const bool is_text = std::ranges::none_of(value, [](unsigned char c) { return c < ' '; });
    return is_text ? value : std::string();
}

/// A request is not looked at again, and is most of what an idle connection costs beside its read
/// buffer. websocketpp has no other way to let go of it.
void forget_request(Server::connection_type& connection) {
    const_cast<ServerConfig::request_type&>(connection.get_request()) = {};
}

/// What fails here would otherwise lose its connection without a word to anyone.
template <typename Call, typename Connection>
void guard(Connection& connection, Call call) {
    try {
        call();
    } catch (const std::exception& error) {
        spdlog::error("a connection is ended by a fault of the server: {}", error.what());
        connection.terminate();
    }
}

/// Those that a map holds, since ending one may take it from there.
template <typename Map>
auto values_of(const Map& map) {
    std::vector<typename Map::mapped_type> values;
    values.reserve(map.size());
    for (const auto& [key, value] : map) values.push_back(value);
    return values;
}

}  // namespace

Socket::Socket(Server::connection_ptr connection) : connection_(std::move(connection)) {}

void Socket::received(const Server::message_ptr& message) {
    is_heard_ = true;
    if (message->get_opcode() == websocketpp::frame::opcode::text) {
        events_->received_text(message->get_payload());
    } else {
        events_->received_binary(message->get_payload());
    }
    stop_reading_if_asked();
}

// websocketpp may be told to stop reading only while it hands over a message: at any other time a
// read is under way, and a second one begun by resuming would tear the stream apart.
void Socket::stop_reading_if_asked() {
    if (wants_reading_ || is_stopped_ || !connection_) return;
    is_stopped_ = true;
    connection_->handle_pause_reading();
}

void Socket::pause_reading() { wants_reading_ = false; }

void Socket::resume_reading() {
    if (std::exchange(wants_reading_, true) || !is_stopped_) return;
    asio::post(connection_->get_raw_socket().get_executor(), [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || !self->connection_ || !self->wants_reading_) return;
        if (std::exchange(self->is_stopped_, false)) self->connection_->handle_resume_reading();
    });
}

bool Socket::may_pong() {
    is_heard_ = true;
    return connection_->get_buffered_amount() < max_waiting_pongs;
}

void Socket::check_idle() {
    // That nothing is heard while we do not read says nothing about the client, unless it is the
    // client that does not read: then something is on its way to it and not written.
    const bool is_deaf = (!wants_reading_ || is_stopped_) && unwritten_ == 0;
    if (std::exchange(is_heard_, false) || is_deaf) {
        quiet_ = 0;
        return;
    }
    ++quiet_;
    websocketpp::lib::error_code ignored;
    if (quiet_ == quarters / 2) connection_->ping("", ignored);
    if (quiet_ >= quarters) close(CloseCode::idle);
}

void Socket::closed() {
    connection_ = nullptr;
    if (const auto events = std::exchange(events_, nullptr)) events->closed();
}

void Socket::terminate() {
    if (connection_) connection_->terminate(websocketpp::lib::error_code());
}

PreparedFrame::PreparedFrame(std::string payload, websocketpp::frame::opcode::value opcode)
    : message_(std::make_shared<Server::message_ptr::element_type>(nullptr, opcode, 0)) {
    const websocketpp::frame::basic_header header(opcode, payload.size(), true, false);
    const websocketpp::frame::extended_header extended(payload.size());
    message_->set_header(websocketpp::frame::prepare_header(header, extended));
    message_->get_raw_payload() = std::move(payload);
    message_->set_prepared(true);
}

void Socket::send_text(std::string text) {
    send(PreparedFrame(std::move(text), websocketpp::frame::opcode::text).message());
}

void Socket::send_binary(std::string bytes) {
    send(PreparedFrame(std::move(bytes), websocketpp::frame::opcode::binary).message());
}

void Socket::send_shared(const std::shared_ptr<const SharedFrame>& frame) {
    send(static_cast<const PreparedFrame&>(*frame).message());
}

void Socket::send(const Server::message_ptr& message) {
    // While it closes, websocketpp drops what it is given: such a frame never counts as written.
    if (connection_->get_state() != websocketpp::session::state::open) return;
    ++unwritten_;
    // The last owner of this pointer lets it go when the frame is written: websocketpp has no
    // other sign of that.
    const Server::message_ptr counted(message.get(), [message, weak = weak_from_this()](auto*) {
        if (const auto self = weak.lock()) self->frame_written();
    });
    connection_->send(counted);
}

void Socket::frame_written() {
    is_heard_ = true;
    --unwritten_;
    if (!connection_ || written_++ > 0) return;
    asio::post(connection_->get_raw_socket().get_executor(), [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->events_) self->events_->written(std::exchange(self->written_, 0));
    });
}

void Socket::close(CloseCode code) {
    // Or the client's answer, which ends the connection, is not read. What comes before it is
    // dropped.
    resume_reading();
    websocketpp::lib::error_code ignored;
    connection_->close(static_cast<websocketpp::close::status::value>(code),
                       std::string(reason_of(code)), ignored);
}

std::shared_ptr<const SharedFrame> make_shared_frame(std::string text) {
    return std::make_shared<PreparedFrame>(std::move(text), websocketpp::frame::opcode::text);
}

class Listener::Endpoint {
public:
    Endpoint(asio::io_context& io, const Options& options, Places& places,
             Connection::Accept accept);

    void serve(const std::string& path, Resource& resource);
    std::uint16_t listen(std::uint16_t port, bool is_first);
    void stop_accepting();
    void stop();
    [[nodiscard]] std::uint16_t port() const { return options_.port; }

private:
    using Handle = websocketpp::connection_hdl;

    void set_handlers();
    void socket_opened(Handle handle);
    void handshake_done(Handle handle);
    bool is_acceptable(Handle handle);
    void requested(Handle handle);
    void request_ended(const Server::connection_ptr& connection);
    void failed(Handle handle);
    void received(Handle handle, const Server::message_ptr& message);
    void ended(Handle handle);
    void linger(const Server::connection_ptr& connection);
    void shut(const Server::connection_ptr& connection);
    void watch();
    Socket* find(Handle handle);
    HttpRequest request_of(Server::connection_type& connection) const;
    std::optional<HttpReply> find_user(Server::connection_type& connection,
                                       std::string& user) const;

    const Options& options_;
    Places& places_;
    Connection::Accept accept_;
    UserHeader user_header_;
    Server server_;
    asio::steady_timer watch_;
    Resources resources_;
    std::unordered_map<void*, Handle> admitted_;  ///< Connections that Places count.
    std::unordered_map<void*, std::shared_ptr<Socket>> sockets_;
    std::unordered_map<void*, std::shared_ptr<HttpExchange>> exchanges_;
    bool is_stopped_ = false;
};

Listener::Endpoint::Endpoint(asio::io_context& io, const Options& options, Places& places,
                             Connection::Accept accept)
    : options_(options),
      places_(places),
      accept_(std::move(accept)),
      user_header_(options),
      watch_(io) {
    server_.init_asio(&io);
    server_.set_reuse_addr(true);
    server_.set_max_message_size(options.max_frame_bytes);
    server_.set_max_http_body_size(0);
    server_.set_open_handshake_timeout(options.handshake_timeout.count());
    server_.set_pong_timeout(0);
    set_handlers();
}

void Listener::Endpoint::set_handlers() {
    server_.set_tcp_pre_bind_handler([](const auto& acceptor) {
        const int on = 1;
        if (::setsockopt(acceptor->native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) {
            return websocketpp::lib::error_code(errno, std::system_category());
        }
        return websocketpp::lib::error_code();
    });
    server_.set_tcp_post_init_handler([this](Handle handle) { socket_opened(handle); });
    server_.set_validate_handler([this](Handle handle) { return is_acceptable(handle); });
    server_.set_open_handler([this](Handle handle) { handshake_done(handle); });
    server_.set_http_handler([this](Handle handle) { requested(handle); });
    server_.set_fail_handler([this](Handle handle) { failed(handle); });
    server_.set_close_handler([this](Handle handle) { ended(handle); });
    server_.set_message_handler(
        [this](Handle handle, const Server::message_ptr& message) { received(handle, message); });
    server_.set_ping_handler([this](Handle handle, const std::string&) {
        Socket* socket = find(handle);
        return socket && socket->may_pong();
    });
    server_.set_pong_handler([this](Handle handle, const std::string&) {
        if (Socket* socket = find(handle)) socket->heard();
    });
}

void Listener::Endpoint::serve(const std::string& path, Resource& resource) {
    const bool is_ours =
        path == options_.path || path + '/' == options_.path || path == options_.path + '/';
    if (is_ours || !resources_.add(path, resource)) {
        throw std::invalid_argument(
            fmt::format("websocket: {} is taken; see websocket.path and socketio.path", path));
    }
    server_.set_max_http_body_size(resources_.max_message_bytes());
}

std::uint16_t Listener::Endpoint::listen(std::uint16_t port, bool is_first) {
    try {
        const asio::ip::tcp::endpoint address(asio::ip::make_address(options_.address), port);
        if (is_first) check_is_free(address);
        server_.listen(address);
        server_.start_accept();
    } catch (const std::exception& error) {
        throw std::runtime_error(
            fmt::format("websocket: cannot listen on {}:{}: {}; see websocket.address and "
                        "websocket.port",
                        options_.address, port, error.what()));
    }
    watch();
    std::error_code error;
    return server_.get_local_endpoint(error).port();
}

void Listener::Endpoint::watch() {
    watch_.expires_after(options_.idle_timeout / quarters);
    watch_.async_wait([this](std::error_code error) {
        if (error) return;
        for (const auto& socket : values_of(sockets_)) socket->check_idle();
        for (const auto& exchange : values_of(exchanges_)) exchange->check_idle();
        watch();
    });
}

Socket* Listener::Endpoint::find(Handle handle) {
    const auto found = sockets_.find(handle.lock().get());
    return found == sockets_.end() ? nullptr : found->second.get();
}

HttpRequest Listener::Endpoint::request_of(Server::connection_type& connection) const {
    const auto& request = connection.get_request();
    HttpRequest out{.method = request.get_method(),
                    .target = connection.get_resource(),
                    .host = header_of(request, "Host"),
                    .origin = header_of(request, "Origin"),
                    .content_type = header_of(request, "Content-Type"),
                    .asked_headers = header_of(request, "Access-Control-Request-Headers"),
                    .body = {}};
    // A page in a browser at the proxy's address must not be let say who it is.
    if (user_header_.is_among(out.asked_headers)) out.asked_headers.clear();
    return out;
}

std::optional<HttpReply> Listener::Endpoint::find_user(Server::connection_type& connection,
                                                       std::string& user) const {
    if (user_header_.name().empty()) return std::nullopt;
    const auto& headers = connection.get_request().get_headers();
    const auto found = headers.find(user_header_.name());
    if (found == headers.end()) return std::nullopt;
    // Of one that is gone, the address is nobody's.
    std::error_code ignored;
    const auto peer = connection.get_raw_socket().remote_endpoint(ignored).address();
    return user_header_.read(found->second, peer, user);
}

void Listener::Endpoint::socket_opened(Handle handle) {
    auto& socket = server_.get_con_from_hdl(handle)->get_raw_socket();
    std::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    admitted_.emplace(handle.lock().get(), handle);
    places_.add();
    if (places_.is_far_exceeded() || is_stopped_) socket.close(ignored);
}

bool Listener::Endpoint::is_acceptable(Handle handle) {
    const auto connection = server_.get_con_from_hdl(handle);
    Resource* const resource = resources_.find(connection->get_resource());
    if (!resource && path_of(connection->get_resource()) != options_.path) {
        connection->set_status(websocketpp::http::status_code::not_found);
        connection->set_body(fmt::format("WebSockets are served at {}\n", options_.path));
        return false;
    }
    if (connection->get_request_header("Sec-WebSocket-Version") != "13") {
        connection->set_status(websocketpp::http::status_code::upgrade_required);
        connection->append_header("Sec-WebSocket-Version", "13");
        return false;
    }
    HttpRequest request = request_of(*connection);
    const bool is_page_refused = !(resource && resource->judges_origins()) &&
                                 !is_allowed_origin(request.origin, request.host, options_.origins);
    if (is_page_refused) {
        connection->set_status(websocketpp::http::status_code::forbidden);
        connection->set_body("pages of this origin may not connect: see websocket.origins\n");
        return false;
    }
    auto refusal = find_user(*connection, request.user);
    if (resource) {
        connection->set_max_message_size(resource->max_message_bytes());
        if (!refusal) refusal = resource->refuses(request);
    }
    if (!refusal) return true;
    const auto headers = resource ? resource->headers(request) : std::vector<HttpHeader>();
    write(*refusal, headers, *connection);
    return false;
}

void Listener::Endpoint::requested(Handle handle) {
    using Status = websocketpp::http::status_code::value;
    const auto connection = server_.get_con_from_hdl(handle);
    connection->set_termination_handler(
        [this](const Server::connection_ptr& connection) { request_ended(connection); });
    const auto refuse = [&](Status status) {
        connection->set_status(status);
        connection->replace_header("Connection", "close");
    };
    Resource* const resource = resources_.find(connection->get_resource());
    if (!resource) {
        connection->set_body("WebSockets are served here; /health is at http.port\n");
        return refuse(Status::upgrade_required);
    }
    // websocketpp would take such a body for an empty one.
    if (!connection->get_request_header("Transfer-Encoding").empty()) {
        return refuse(Status::length_required);
    }
    if (places_.is_exceeded()) return refuse(Status::service_unavailable);

    HttpRequest request = request_of(*connection);
    if (const auto refusal = find_user(*connection, request.user)) {
        return write(*refusal, resource->headers(request), *connection);
    }
    const auto exchange = std::make_shared<HttpExchange>(connection, resource->headers(request));
    exchanges_.emplace(handle.lock().get(), exchange);
    request.body = connection->get_request_body();
    forget_request(*connection);
    guard(*exchange, [&] { exchange->open(resource->requested(*exchange, std::move(request))); });
}

void Listener::Endpoint::request_ended(const Server::connection_ptr& connection) {
    const auto ended =
        websocketpp::error::make_error_code(websocketpp::error::http_connection_ended);
    const auto node = exchanges_.extract(connection->get_handle().lock().get());
    if (admitted_.erase(connection->get_handle().lock().get()) > 0) {
        // Of what has no exchange, the body may be unread.
        node ? shut(connection) : linger(connection);
    }
    if (node) node.mapped()->ended(connection->get_ec() == ended);
}

void Listener::Endpoint::failed(Handle handle) {
    // A connection that failed before it was one, as accepting fails, was never counted.
    if (admitted_.erase(handle.lock().get()) == 0) return;
    const auto connection = server_.get_con_from_hdl(handle);
    const bool is_unread = connection->get_ec() == websocketpp::error::http_parse_error;
    is_unread ? linger(connection) : shut(connection);
}

void Listener::Endpoint::handshake_done(Handle handle) {
    const auto connection = server_.get_con_from_hdl(handle);
    Resource* const resource = resources_.find(connection->get_resource());
    HttpRequest request = resource ? request_of(*connection) : HttpRequest();
    const auto refusal = find_user(*connection, request.user);
    forget_request(*connection);
    if (refusal) {
        return connection->terminate(
            make_error_code(websocketpp::transport::error::operation_aborted));
    }

    const auto socket = std::make_shared<Socket>(connection);
    sockets_.emplace(handle.lock().get(), socket);
    guard(*socket, [&] {
        socket->open(resource ? resource->accept(*socket, request)
                              : accept_(*socket, request.user));
    });
    if (places_.is_exceeded()) {
        spdlog::warn(
            "websocket: one connection too many: {} are open, by websocket.max_connections or by "
            "the limit on open files, which HTTP shares",
            places_.taken - 1);
        socket->close(CloseCode::overloaded);
    }
}

void Listener::Endpoint::received(Handle handle, const Server::message_ptr& message) {
    const auto found = sockets_.find(handle.lock().get());
    if (found == sockets_.end()) return;
    const std::shared_ptr<Socket> socket = found->second;
    guard(*socket, [&] { socket->received(message); });
}

// Closing a socket while unread bytes wait, or come, makes the kernel reset the connection, and the
// client never reads the close frame that says what was wrong. So the socket stays a little longer,
// with only sending ended.
void Listener::Endpoint::linger(const Server::connection_ptr& connection) {
    const auto timer = std::make_shared<asio::steady_timer>(watch_.get_executor(), linger_time);
    const auto socket =
        std::make_shared<asio::ip::tcp::socket>(std::move(connection->get_raw_socket()));
    timer->async_wait([this, timer, socket](std::error_code) { places_.remove(); });
}

// websocketpp has ended only sending, and may still be reading.
void Listener::Endpoint::shut(const Server::connection_ptr& connection) {
    std::error_code ignored;
    connection->get_raw_socket().close(ignored);
    places_.remove();
}

void Listener::Endpoint::ended(Handle handle) {
    admitted_.erase(handle.lock().get());
    const auto connection = server_.get_con_from_hdl(handle);
    const auto code = connection->get_local_close_code();
    const bool is_refusal = code == websocketpp::close::status::protocol_error ||
                            code == websocketpp::close::status::invalid_payload ||
                            code == websocketpp::close::status::message_too_big;
    if (is_refusal && server_.is_listening()) {
        linger(connection);
    } else {
        shut(connection);
    }
    const auto node = sockets_.extract(handle.lock().get());
    if (node) node.mapped()->closed();
}

void Listener::Endpoint::stop_accepting() {
    websocketpp::lib::error_code ignored;
    if (server_.is_listening()) server_.stop_listening(ignored);
}

void Listener::Endpoint::stop() {
    stop_accepting();
    watch_.cancel();
    is_stopped_ = true;
    // Also those in their handshake: what they would ask for then, nobody might be left to answer.
    // Those that are told why they are closed hear it.
    for (const Handle& handle : values_of(admitted_)) {
        websocketpp::lib::error_code error;
        const auto connection = server_.get_con_from_hdl(handle, error);
        if (!connection || connection->get_state() == websocketpp::session::state::closing)
            continue;
        connection->terminate(make_error_code(websocketpp::transport::error::operation_aborted));
    }
}

Listener::Listener(asio::io_context& io, const Options& options, Places& places,
                   Connection::Accept accept)
    : endpoint_(std::make_unique<Endpoint>(io, options, places, std::move(accept))) {}

Listener::~Listener() = default;

void Listener::serve(const std::string& path, Resource& resource) {
    endpoint_->serve(path, resource);
}

std::uint16_t Listener::start() { return endpoint_->listen(endpoint_->port(), true); }

void Listener::share(std::uint16_t port) { endpoint_->listen(port, false); }

void Listener::stop_accepting() { endpoint_->stop_accepting(); }

void Listener::stop() { endpoint_->stop(); }

}  // namespace gateway::websocket
