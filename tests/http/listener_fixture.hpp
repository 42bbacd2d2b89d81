#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/client.hpp"
#include "http/listener.hpp"

namespace gateway::http {

/// A listener whose routes echo, or reply when the test says so.
class ListenerFixture {
public:
    explicit ListenerFixture(const Options& options = {}, bool is_patient = false,
                             gateway::Places* places = nullptr)
        : is_patient_(is_patient),
          port_(std::make_shared<Port>("127.0.0.1", 0, places)),
          listener_(context, port_, options, routes()) {
        listener_.start();
    }
    ListenerFixture(const ListenerFixture&) = delete;
    ListenerFixture& operator=(const ListenerFixture&) = delete;
    ~ListenerFixture() { listener_.stop(); }

    [[nodiscard]] std::uint16_t port() const { return port_->number(); }
    [[nodiscard]] std::size_t connections() const { return port_->connections(); }
    void stop() { listener_.stop(); }

    /// Replies to the request for /later, once it is there.
    Respond later() {
        run_until(context, [this] { return later_.has_value(); });
        Respond respond = std::move(*later_);
        later_.reset();
        return respond;
    }

    asio::io_context context;
    int left = 0;  ///< Clients that were watched.

private:
    static Reply text(std::string body) {
        return {.status = 200,
                .content_type = "text/plain",
                .body = std::move(body),
                .headers = {{"X-Echo", "yes"}}};
    }

    std::vector<Route> routes() {
        const auto echo = [](const Request& request, const Respond& respond) {
            std::string body(request.method);
            body.append(" ").append(request.path).append("?").append(request.query);
            respond(text(body.append(" ").append(request.body)));
        };
        return {
            {.method = "GET", .path = "/echo", .handler = echo},
            {.method = "POST", .path = "/echo", .handler = echo},
            {.method = "GET",
             .path = "/later",
             .handler = [this](const Request&, Respond respond) { later_ = std::move(respond); }},
            {.method = "GET",
             .path = "/watched/*",
             .handler =
                 [this](const Request& request, Respond respond) {
                     later_ = std::move(respond);
                     request.peer->watch([this] {
                         later_.reset();
                         ++left;
                     });
                 },
             .is_patient = is_patient_}};
    }

    bool is_patient_;
    std::shared_ptr<Port> port_;
    std::optional<Respond> later_;
    Listener listener_;
};

}  // namespace gateway::http
