#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"
#include "gateway/stage.hpp"

namespace gateway::testing {

/// Another client of the same shard.
class Client {
public:
    explicit Client(Stage& stage)
        : stage_(stage), session_(stage.shard.sessions.accept(stage.shard, connection_)) {}
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view frame) { session_->received_text(frame); }

    /// The frames that have come, which are not written yet.
    [[nodiscard]] std::vector<std::string> unwritten() const {
        return {connection_.frames.begin() + static_cast<std::ptrdiff_t>(read_),
                connection_.frames.end()};
    }

    /// The next frame; it counts as written at once.
    std::string next() {
        stage_.until([&] { return connection_.frames.size() > read_; });
        const std::string frame = connection_.frames[read_++];
        session_->written(1);
        return frame;
    }

    std::string ask(std::string_view frame) {
        send(frame);
        return next();
    }

    /// Frames until so many messages have come, taken apart into values; a gap is "from-to".
    std::vector<std::string> values(std::size_t count) {
        std::vector<std::string> values;
        while (values.size() < count) append_values(next(), values);
        return values;
    }

    /// Sends these values to a topic, and waits until the broker has them.
    void publish(std::string_view topic, const std::vector<std::string>& values,
                 std::string_view key = {}) {
        for (const std::string& value : values) {
            std::string p = R"({"t":")" + std::string(topic) + R"(","m":")" + value + R"(",)";
            if (!key.empty()) p += R"("k":")" + std::string(key) + R"(",)";
            const std::string reply =
                ask(R"({"id":9,"t":"notif","a":"create","p":)" + p + R"("ack":true}})");
            REQUIRE(reply.find(R"("s":0)") != std::string::npos);
        }
    }

    void close() {
        if (session_) std::exchange(session_, nullptr)->closed();
    }

    [[nodiscard]] const RecordedConnection& connection() const { return connection_; }

    static void append_values(std::string_view frame, std::vector<std::string>& out) {
        constexpr std::string_view from = R"("from":)";
        constexpr std::string_view value = R"("p":")";
        for (std::size_t at = frame.find(R"("t":"notif")"); at != frame.npos;) {
            const std::size_t end = frame.find(R"("t":"notif")", at + 1);
            const std::string_view message = frame.substr(at, end - at);
            if (const auto gap = message.find(from); gap != message.npos) {
                const auto comma = message.find(R"(,"to":)");
                out.push_back(
                    std::string(message.substr(gap + from.size(), comma - gap - from.size())) +
                    "-" +
                    std::string(message.substr(
                        comma + 6, message.find_first_of(",}", comma + 6) - comma - 6)));
            } else if (const auto text = message.find(value); text != message.npos) {
                const auto begin = text + value.size();
                out.emplace_back(message.substr(begin, message.find('"', begin) - begin));
            }
            at = end;
        }
    }

private:
    Stage& stage_;
    RecordedConnection connection_;
    std::shared_ptr<Connection::Events> session_;
    std::size_t read_ = 0;
};

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace gateway::testing
