#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>

namespace gateway::http {

/// Runs `context` until `is_done`, and fails the test if that takes long.
inline void run_until(asio::io_context& context, const std::function<bool()>& is_done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    context.restart();
    while (!is_done()) {
        REQUIRE(context.run_one_until(deadline) == 1);
    }
}

/// What a server answered.
struct Answer {
    unsigned status = 0;
    std::string header;  ///< With its names as they were sent.
    std::string body;

    [[nodiscard]] bool has(std::string_view line) const {
        return header.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
    }
};

/// A client that sends bytes as they are and keeps what comes back.
class Client {
public:
    Client(asio::io_context& context, std::uint16_t port) : context_(context), socket_(context) {
        socket_.connect({asio::ip::address_v4::loopback(), port});
        read();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() {
        input_->is_closed = true;
        socket_.close();
    }

    void send(std::string text) {
        auto shared = std::make_shared<std::string>(std::move(text));
        asio::async_write(socket_, asio::buffer(*shared),
                          [shared](const asio::error_code&, std::size_t) {});
    }

    void get(std::string_view target) { send(request("GET", target)); }

    [[nodiscard]] static std::string request(std::string_view method, std::string_view target) {
        return std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n";
    }

    /// Takes the next answer. One to HEAD has no body, whatever its length is.
    Answer answer(bool has_body = true) {
        Answer answer;
        run_until(context_, [&] { return take(answer, has_body) || input_->is_closed; });
        REQUIRE(answer.status != 0);
        return answer;
    }

    void wait_for_end() {
        run_until(context_, [&] { return input_->is_closed; });
    }

    [[nodiscard]] bool is_closed() const { return input_->is_closed; }
    [[nodiscard]] const std::string& received() const { return input_->received; }

private:
    bool take(Answer& answer, bool has_body) {
        const auto end = input_->received.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::string header = input_->received.substr(0, end + 2);
        const std::string_view length_name = "Content-Length: ";
        const auto length_at = header.find(length_name);
        const std::size_t length = has_body && length_at != std::string::npos
                                       ? std::stoul(header.substr(length_at + length_name.size()))
                                       : 0;
        if (input_->received.size() < end + 4 + length) return false;

        answer.status = static_cast<unsigned>(std::stoul(header.substr(9, 3)));
        answer.header = header;
        answer.body = input_->received.substr(end + 4, length);
        input_->received.erase(0, end + 4 + length);
        return true;
    }

    /// What the handler of a read may still touch when the client is gone.
    struct Input {
        std::array<char, 4096> buffer{};
        std::string received;
        bool is_closed = false;
    };

    void read() {
        socket_.async_read_some(
            asio::buffer(input_->buffer),
            [this, input = input_](const asio::error_code& error, std::size_t size) {
                input->received.append(input->buffer.data(), size);
                if (error) input->is_closed = true;
                if (!input->is_closed) read();
            });
    }

    asio::io_context& context_;
    asio::ip::tcp::socket socket_;
    std::shared_ptr<Input> input_ = std::make_shared<Input>();
};

}  // namespace gateway::http
