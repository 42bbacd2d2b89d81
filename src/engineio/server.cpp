#include "engineio/server.hpp"

#include <utility>

#include "base/origin.hpp"
#include "engineio/cors.hpp"
#include "engineio/ignored.hpp"
#include "engineio/random_id.hpp"
#include "engineio/relay.hpp"

namespace gateway::engineio {
namespace {

constexpr std::string_view polling = "polling";
constexpr std::string_view websocket = "websocket";

/// A number below 64 * 64, as two characters that may stand in a URL.
constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t mark_size = 2;

std::string write_mark(std::size_t number) {
    return {digits.at(number / digits.size()), digits.at(number % digits.size())};
}

std::size_t read_mark(std::string_view mark) {
    return digits.find(mark[0]) * digits.size() + digits.find(mark[1]);
}

std::shared_ptr<Exchange::Events> refuse(Exchange& exchange, Refusal refusal) {
    exchange.reply(reply_of(refusal));
    return std::make_shared<Ignored>();
}

}  // namespace

Server::Server(asio::any_io_executor executor, const Options& options, Servers& servers,
               Accept accept)
    : executor_(std::move(executor)),
      options_(options),
      servers_(servers),
      accept_(std::move(accept)),
      mark_(write_mark(servers.all.size())) {
    servers_.all.push_back(this);
}

Server::~Server() = default;

void Server::stop() {
    is_accepting_ = false;
    while (!sessions_.empty()) {
        const auto session = sessions_.begin()->second->session;
        session->end(CloseCode::going_away);
    }
}

bool Server::is_allowed(const HttpRequest& request) const {
    return is_allowed_origin(request.origin, request.host, options_.origins);
}

std::vector<HttpHeader> Server::headers(const HttpRequest& request) const {
    std::vector<HttpHeader> headers{{"Cache-Control", "no-store"}};
    if (!request.origin.empty() && is_allowed(request)) {
        for (auto& header : cors_headers(request)) headers.push_back(std::move(header));
    }
    return headers;
}

std::optional<Refusal> Server::check(const HttpRequest& request, const Query& query,
                                     std::string_view transport) const {
    if (!is_allowed(request)) return Refusal::forbidden;
    if (query.transport != polling && query.transport != websocket) {
        return Refusal::unknown_transport;
    }
    if (!query.revision) return Refusal::unknown_revision;
    if (query.transport != transport || query.has_callback) return Refusal::bad_request;
    if (request.method == "GET") {
        const bool is_full = servers_.sessions >= options_.max_sessions || !is_accepting_;
        if (query.sid.empty() && is_full) return Refusal::overloaded;
    } else if (request.method != "POST" || query.sid.empty()) {
        return Refusal::bad_method;
    }
    if (!query.sid.empty() && !server_of(query.sid)) return Refusal::unknown_session;
    return std::nullopt;
}

std::optional<HttpReply> Server::refuses(const HttpRequest& request) {
    const Query query = parse_query(request.target);
    if (const auto refusal = check(request, query, websocket)) return reply_of(*refusal);
    if (server_of(query.sid) == this && !find(std::string(query.sid), request.user)) {
        return reply_of(Refusal::unknown_session);
    }
    return std::nullopt;
}

std::shared_ptr<Connection::Events> Server::accept(Connection& connection,
                                                   const HttpRequest& request) {
    const Query query = parse_query(request.target);
    if (query.sid.empty()) return open(query, false, request.user).attach(connection);
    Server* const server = server_of(query.sid);
    std::string sid(query.sid);
    if (server == this) return attach(connection, sid, request.user);
    return relay(connection, std::move(sid), request.user, executor_, *server);
}

std::shared_ptr<Exchange::Events> Server::requested(Exchange& exchange, HttpRequest request) {
    if (request.method == "OPTIONS" && is_allowed(request)) {
        exchange.reply(preflight_reply(request));
        return std::make_shared<Ignored>();
    }
    const Query query = parse_query(request.target);
    if (const auto refusal = check(request, query, polling)) return refuse(exchange, *refusal);
    if (query.sid.empty()) return open(query, true, request.user).poll(exchange);
    Server* const server = server_of(query.sid);
    if (server == this) return serve(exchange, std::move(request));
    return relay(exchange, std::move(request), executor_, *server);
}

std::shared_ptr<Exchange::Events> Server::serve(Exchange& exchange, HttpRequest request) {
    const auto session = find(std::string(parse_query(request.target).sid), request.user);
    if (!session) return refuse(exchange, Refusal::unknown_session);
    if (request.method == "GET") return session->poll(exchange);
    const bool is_binary = request.content_type.starts_with("application/octet-stream");
    return session->post(exchange, {.body = std::move(request.body), .is_binary = is_binary});
}

std::shared_ptr<Connection::Events> Server::attach(Connection& connection, const std::string& sid,
                                                   const std::string& user) {
    if (const auto session = find(sid, user)) return session->attach(connection);
    connection.close(CloseCode::policy_violation);
    return std::make_shared<Ignored>();
}

Server* Server::server_of(std::string_view sid) const {
    if (sid.size() <= mark_size) return nullptr;
    const std::size_t number = read_mark(sid.substr(sid.size() - mark_size));
    return number < servers_.all.size() ? servers_.all[number] : nullptr;
}

std::shared_ptr<Session> Server::find(const std::string& sid, const std::string& user) const {
    const auto found = sessions_.find(sid);
    const bool is_known = found != sessions_.end() && found->second->session->user() == user;
    return is_known ? found->second->session : nullptr;
}

Session& Server::open(const Query& query, bool is_polling, const std::string& user) {
    const Dialect dialect{.revision = *query.revision, .takes_binary = !query.has_base64};
    auto entry = std::make_unique<Entry>(executor_);
    entry->session = std::make_shared<Session>(
        static_cast<Session::Host&>(*this), options_,
        Session::Handshake{
            .dialect = dialect, .id = random_id() + mark_, .is_polling = is_polling, .user = user});
    Session& session = *entry->session;
    sessions_.emplace(session.id(), std::move(entry));
    ++servers_.sessions;
    session.open(accept_(session, dialect));
    return session;
}

void Server::set_alarm(Session& session, Session::Alarm alarm, std::chrono::milliseconds delay) {
    const auto found = sessions_.find(session.id());
    if (found == sessions_.end()) return;
    found->second->alarms.at(static_cast<std::size_t>(alarm))
        .set(delay, [weak = session.weak_from_this(), alarm] {
            if (const auto session = weak.lock()) session->alarm(alarm);
        });
}

void Server::ended(Session& session) {
    --servers_.sessions;
    sessions_.erase(session.id());
}

}  // namespace gateway::engineio
