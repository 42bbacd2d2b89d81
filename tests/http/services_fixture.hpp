#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "http/client.hpp"
#include "http/listener.hpp"
#include "http/services.hpp"
#include "services/switchboard.hpp"

namespace gateway::http {

/// A POST of JSON.
inline std::string post(std::string_view target, std::string_view body,
                        std::string_view headers = "") {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n{}\r\n{}",
        target, body.size(), headers, body);
}

/// The id of the first job in it.
inline std::string id_in(const Answer& answer) {
    return answer.body.substr(answer.body.find(R"("id":")") + 6, 36);
}

/// The routes of services on a listener, and clients of it.
struct ServicesFixture {
    explicit ServicesFixture(const services::Options& options = {})
        : board(context.get_executor(), options,
                [this] { return std::chrono::steady_clock::now() + passed; }) {
        listener.start();
    }
    ServicesFixture(const ServicesFixture&) = delete;
    ServicesFixture& operator=(const ServicesFixture&) = delete;
    ~ServicesFixture() {
        // Whoever waits has its reply before its connection is gone.
        board.stop();
        listener.stop();
        context.restart();
        context.run_for(std::chrono::milliseconds(10));
    }

    Client& open() {
        return *clients.emplace_back(std::make_unique<Client>(context, port->number()));
    }

    /// What a client of its own is answered.
    Answer ask(std::string request, bool has_body = true) {
        Client client(context, port->number());
        client.send(std::move(request));
        return client.answer(has_body);
    }
    Answer get(std::string_view target) { return ask(Client::request("GET", target)); }

    /// Takes the next job, and says its id.
    std::string take(std::string_view target = "/service/sum/jobs") {
        const Answer answer = get(target);
        REQUIRE(answer.status == 200);
        return id_in(answer);
    }

    /// So much later, and everything due has happened.
    void pass(std::chrono::seconds time) {
        passed += time;
        get("/service");
    }

    /// How many jobs are queued, as everyone is told.
    void wait_for(std::string_view services) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (get("/service").body.find(services) == std::string::npos) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
        }
    }

    asio::io_context context;
    std::chrono::seconds passed{};  ///< On the board's clock alone.
    services::Switchboard board;
    std::shared_ptr<Port> port = std::make_shared<Port>("127.0.0.1", 0);
    Listener listener{context, port, Options{}, service_routes(board)};
    std::vector<std::unique_ptr<Client>> clients;
};

}  // namespace gateway::http
