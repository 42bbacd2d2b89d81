// The only file that includes RESTinio.
#include "http/listener.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <restinio/all.hpp>
#include <spdlog/spdlog.h>

#include "base/ascii.hpp"
#include "http/connections.hpp"

namespace gateway::http {

/// What is written at once, with a Content-Length only where one is set: RESTinio's own outputs
/// always have one or none, and a 204 must not (RFC 9110, section 8.6).
struct WholeOutput {};

}  // namespace gateway::http

template <>
class restinio::response_builder_t<gateway::http::WholeOutput> final
    : public base_response_builder_t<response_builder_t<gateway::http::WholeOutput>> {
public:
    using base_response_builder_t::base_response_builder_t;
    response_builder_t(response_builder_t&&) = default;

    void set_content_length(std::size_t length) {
        m_header.content_length(length);
        length_ = impl::content_length_field_presence_t::add_content_length;
    }

    /// Once.
    void done(std::string body, write_status_cb_t written) {
        writable_items_container_t parts;
        parts.reserve(2);
        parts.emplace_back(impl::create_header_string(m_header, length_));
        if (!body.empty()) parts.emplace_back(std::move(body));
        write_group_t whole(std::move(parts));
        whole.status_line_size(calculate_status_line_size());
        if (written) whole.after_write_notificator(std::move(written));
        const impl::connection_handle_t connection = std::move(m_connection);
        connection->write_response_parts(m_request_id,
                                         {response_parts_attr_t::final_parts,
                                          response_connection_attr(m_header.should_keep_alive())},
                                         std::move(whole));
    }

private:
    impl::content_length_field_presence_t length_ =
        impl::content_length_field_presence_t::skip_content_length;
};

namespace gateway::http {
namespace {

using namespace std::chrono_literals;

struct Traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                                   restinio::details::autodetect_request_handler_type,
                                   restinio::noop_strand_t, Socket> {};

using ConnectionSettings = restinio::impl::connection_settings_t<Traits>;
using ConnectionFactory = restinio::impl::connection_factory_t<Traits>;

std::string_view view_of(restinio::string_view_t text) { return {text.data(), text.size()}; }

constexpr unsigned no_content = 204;

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
    }
    return "";
}

/// RESTinio calls the handler of a request to upgrade again and again unless its reply closes.
bool asks_for_upgrade(const restinio::http_request_header_t& header) {
    return header.has_field(restinio::http_field::upgrade) ||
           header.method() == restinio::http_method_connect();
}

/// What the header Date says, formatted once a second.
const std::string& date_of(std::time_t now) {
    thread_local std::time_t second = 0;
    thread_local std::string date;
    if (date.empty() || now != second) date = restinio::make_date_field_value(second = now);
    return date;
}

/// The reply that a request will have. It holds nothing of the request, which may be large and wait
/// long. The connection ends where it goes without having been written.
class OpenReply {
public:
    OpenReply(restinio::request_t& request, std::shared_ptr<Connections> connections)
        : connections_(std::move(connections)),
          connection_(request.connection_id()),
          is_to_head_(request.header().method() == restinio::http_method_head()),
          closes_(asks_for_upgrade(request.header())),
          response_(request.create_response<WholeOutput>()) {}

    /// Once.
    void write(Reply reply) {
        connections_->settle(connection_);
        if (reply.sent && connections_->has_left(connection_)) {
            reply.sent(false);
            return connections_->end(connection_);
        }
        // What a GET would have in place of nothing is not known.
        const bool has_length =
            reply.status != no_content && !(is_to_head_ && reply.content_type.empty());
        response_.header().status_line(
            {restinio::http_status_code_t(static_cast<std::uint16_t>(reply.status)),
             std::string(reason_of(reply.status))});
        if (closes_ || connections_->is_stopping()) response_.connection_close();
        response_.append_header(restinio::http_field::date, date_of(std::time(nullptr)));
        if (!reply.content_type.empty()) {
            response_.append_header(restinio::http_field::content_type,
                                    std::move(reply.content_type));
        }
        for (auto& [name, value] : reply.headers) {
            response_.append_header(std::move(name), std::move(value));
        }
        if (has_length) response_.set_content_length(reply.body.size());
        if (is_to_head_) reply.body.clear();
        if (!reply.sent) return response_.done(std::move(reply.body), {});
        response_.done(std::move(reply.body), [sent = std::move(reply.sent)](
                                                  const asio::error_code& error) { sent(!error); });
    }

private:
    std::shared_ptr<Connections> connections_;
    std::uint64_t connection_;
    bool is_to_head_;
    bool closes_;
    restinio::response_builder_t<WholeOutput> response_;
};

/// Of a target, which may be a whole URI: RFC 9112, section 3.2.2.
std::string_view path_of(std::string_view target) {
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos || target.starts_with('/')) return target;
    const std::size_t path = target.find('/', scheme + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

class RequestPeer final : public Peer {
public:
    RequestPeer(const restinio::request_t& request, Connections& connections)
        : request_(request), connections_(connections) {}

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const override {
        const auto value = request_.header().opt_value_of({name.data(), name.size()});
        if (!value) return std::nullopt;
        return view_of(*value);
    }
    [[nodiscard]] std::string list(std::string_view name) const override {
        std::string values;
        request_.header().for_each_value_of({name.data(), name.size()}, [&](auto value) {
            if (!values.empty()) values += ',';
            values += view_of(value);
            return restinio::http_header_fields_t::continue_enumeration();
        });
        return values;
    }
    [[nodiscard]] std::string address() const override {
        return connections_.address(request_.connection_id());
    }
    [[nodiscard]] std::uint64_t connection() const { return request_.connection_id(); }

    void watch(std::function<void()> left) override {
        connections_.watch(request_.connection_id(), std::move(left));
    }

private:
    const restinio::request_t& request_;
    Connections& connections_;
};

/// Where some routes are patient RESTinio is too: the others are timed here.
Route timed(Route route, std::chrono::milliseconds timeout,
            const std::shared_ptr<Connections>& connections) {
    route.handler = [handler = std::move(route.handler), timeout, connections](
                        const Request& request, Respond respond) {
        auto timer = std::make_shared<asio::steady_timer>(request.executor, timeout);
        const auto connection = static_cast<const RequestPeer*>(request.peer)->connection();
        timer->async_wait([connections, connection](const asio::error_code& cancelled) {
            if (!cancelled) connections->end(connection);
        });
        handler(request, [timer = std::move(timer), respond = std::move(respond)](Reply reply) {
            timer->cancel();
            respond(std::move(reply));
        });
    };
    return route;
}

/// How often RESTinio looks for connections that are late: a fraction of what it looks for.
std::chrono::milliseconds check_period(const Options& options) {
    const auto shortest = std::min(options.idle_timeout, options.reply_timeout);
    return std::clamp<std::chrono::milliseconds>(shortest / 8, 1ms, 1s);
}

/// Passes on what a callback of RESTinio's says, and why, if it ends the parsing.
int note(int result, Refusal refusal) {
    if (result != 0) Socket::refuse(refusal);
    return result;
}

bool is_http_1_1(const http_parser& parser) { return parser.http_minor >= 1; }

/// RFC 9112, section 3.2.
bool has_host(const http_parser& parser, const restinio::http_request_header_t& header) {
    int hosts = 0;
    header.for_each_value_of(restinio::http_field::host, [&](auto) {
        ++hosts;
        return restinio::http_header_fields_t::continue_enumeration();
    });
    return hosts == 1 || (hosts == 0 && !is_http_1_1(parser));
}

/// RFC 9110, section 10.1.1: HTTP/1.0 knows no such expectation.
bool expects_word(const http_parser& parser, const restinio::http_request_header_t& header) {
    const auto expected = header.opt_value_of(restinio::http_field::expect);
    return is_http_1_1(parser) && expected &&
           equals_ignoring_case(view_of(*expected), "100-continue");
}

http_parser_settings parser_settings() {
    static const http_parser_settings checks =
        restinio::impl::create_parser_settings<Traits::http_methods_mapper_t>();
    http_parser_settings settings = checks;
    settings.on_url = [](http_parser* parser, const char* at, std::size_t size) {
        return note(checks.on_url(parser, at, size), Refusal::long_target);
    };
    settings.on_header_field = [](http_parser* parser, const char* at, std::size_t size) {
        // RFC 9112, section 5.1: the parser lets it pass.
        if (std::string_view(at, size).find(' ') != std::string_view::npos)
            return note(-1, Refusal::no_request);
        return note(checks.on_header_field(parser, at, size), Refusal::large_header);
    };
    settings.on_header_value = [](http_parser* parser, const char* at, std::size_t size) {
        return note(checks.on_header_value(parser, at, size), Refusal::large_header);
    };
    settings.on_headers_complete = [](http_parser* parser) {
        const int result = note(checks.on_headers_complete(parser), Refusal::large_body);
        const auto& header =
            static_cast<restinio::impl::http_parser_ctx_t*>(parser->data)->m_header;
        if (result != 0) return result;
        if (parser->http_major != 1) return note(-1, Refusal::no_request);
        if (!has_host(*parser, header)) return note(-1, Refusal::no_host);
        Socket::expect_body(expects_word(*parser, header));
        return result;
    };
    settings.on_message_begin = [](http_parser* parser) {
        Socket::begin_request(true);
        return checks.on_message_begin ? checks.on_message_begin(parser) : 0;
    };
    settings.on_message_complete = [](http_parser* parser) {
        Socket::begin_request(false);
        Socket::expect_body(false);
        return checks.on_message_complete(parser);
    };
    settings.on_body = [](http_parser* parser, const char* at, std::size_t size) {
        return note(checks.on_body(parser, at, size), Refusal::large_body);
    };
    return settings;
}

ConnectionFactory make_factory(asio::io_context& context, const Options& options,
                               std::vector<Route> routes,
                               std::shared_ptr<Connections> connections) {
    // Four times what a browser sends; it bounds what one connection can cost.
    constexpr std::size_t most_headers = 64;
    constexpr std::size_t longest_header_name = 256;
    constexpr std::chrono::milliseconds longest_patience = 48h;

    const bool has_patient = std::ranges::any_of(routes, &Route::is_patient);
    for (Route& route : routes) {
        if (has_patient && !route.is_patient) {
            route = timed(std::move(route), options.reply_timeout, connections);
        }
    }
    // Never before RESTinio has returned from the request: it would begin to read the next one
    // twice, and lose what it had read of it.
    const auto is_in_request = std::make_shared<bool>(false);
    auto handler = [&context, routes = std::move(routes), connections = std::move(connections),
                    is_in_request, executor = asio::any_io_executor(context.get_executor())](
                       const restinio::request_handle_t& request) {
        const auto& header = request->header();
        RequestPeer peer(*request, *connections);
        const auto open = std::make_shared<OpenReply>(*request, connections);
        *is_in_request = true;
        dispatch(routes,
                 {.method = header.method().c_str(),
                  .path = path_of(view_of(header.path())),
                  .query = view_of(header.query()),
                  .body = request->body(),
                  .executor = executor,
                  .peer = &peer},
                 [&context, open, is_in_request](Reply reply) {
                     if (!*is_in_request) return open->write(std::move(reply));
                     asio::post(context, [open, reply = std::move(reply)]() mutable {
                         open->write(std::move(reply));
                     });
                 });
        *is_in_request = false;
        return restinio::request_accepted();
    };

    restinio::server_settings_t<Traits> settings;
    settings.request_handler(std::move(handler))
        .timer_manager(check_period(options))
        .read_next_http_message_timelimit(options.idle_timeout)
        .handle_request_timeout(has_patient ? longest_patience : options.reply_timeout)
        .write_http_response_timelimit(options.reply_timeout)
        .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t()
                                      .max_url_size(options.max_header_bytes)
                                      .max_field_name_size(longest_header_name)
                                      .max_field_value_size(options.max_header_bytes)
                                      .max_field_count(most_headers)
                                      .max_body_size(options.max_body_bytes));
    auto timers = settings.timer_factory()->create(context);
    auto shared = std::make_shared<ConnectionSettings>(std::move(settings), parser_settings(),
                                                       std::move(timers));
    return {std::move(shared), settings.socket_options_setter()};
}

}  // namespace

/// RESTinio's connections behind an accept loop of our own: RESTinio's stops for good at the first
/// connection that cannot be accepted, such as for want of a descriptor, and loses a place of its
/// limit with each client that is gone before it is looked at.
class Listener::Server : public std::enable_shared_from_this<Server> {
public:
    Server(asio::io_context& context, std::shared_ptr<Port> port, const Options& options,
           std::vector<Route> routes)
        : context_(context),
          port_(std::move(port)),
          options_(options),
          connections_(std::make_shared<Connections>(context, port_)),
          factory_(make_factory(context, options, std::move(routes), connections_)),
          acceptor_(context),
          retry_(context) {}

    void start() {
        acceptor_ = port_->listen(context_);
        accept();
    }

    void stop() {
        asio::error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
        connections_->stop();
    }

private:
    void accept() {
        acceptor_.async_accept(
            [weak = weak_from_this()](const asio::error_code& error, asio::ip::tcp::socket socket) {
                const auto server = weak.lock();
                if (!server || !server->acceptor_.is_open()) return;
                if (error) return server->accept_later(error);
                server->open(std::move(socket));
                server->accept();
            });
    }

    void accept_later(const asio::error_code& error) {
        spdlog::warn("http: cannot accept a connection: {}", error.message());
        retry_.expires_after(100ms);
        retry_.async_wait([weak = weak_from_this()](const asio::error_code& cancelled) {
            const auto server = weak.lock();
            if (server && !cancelled && server->acceptor_.is_open()) server->accept();
        });
    }

    void open(asio::ip::tcp::socket socket) {
        if (!port_->has_room(options_.max_connections)) {
            return send_last(socket, text_of(Refusal::no_place));
        }
        asio::error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        const auto peer = socket.remote_endpoint(ignored);
        const auto connection =
            factory_.create_new_connection(Socket(std::move(socket), connections_), peer, nullptr);
        connections_->name(connection->connection_id(), peer.address().to_string());
        connection->init();
    }

    asio::io_context& context_;
    std::shared_ptr<Port> port_;
    Options options_;
    std::shared_ptr<Connections> connections_;
    ConnectionFactory factory_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer retry_;
};

Listener::Listener(asio::io_context& context, std::shared_ptr<Port> port, const Options& options,
                   std::vector<Route> routes)
    : server_(std::make_shared<Server>(context, std::move(port), options, std::move(routes))) {}

Listener::~Listener() = default;

void Listener::start() { server_->start(); }

void Listener::stop() { server_->stop(); }

}  // namespace gateway::http
