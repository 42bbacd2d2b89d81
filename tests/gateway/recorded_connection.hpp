#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/connection.hpp"

namespace gateway {

/// A frame for all such connections.
struct RecordedFrame final : SharedFrame {
    explicit RecordedFrame(std::string frame) : kept(std::move(frame)) {}
    [[nodiscard]] std::string_view text() const override { return kept; }

    std::string kept;
};

/// A connection that keeps what it is told.
struct RecordedConnection final : Connection {
    void send_text(std::string text) override { frames.push_back(std::move(text)); }
    void send_binary(std::string bytes) override { frames.push_back(std::move(bytes)); }
    void send_shared(const std::shared_ptr<const SharedFrame>& frame) override {
        frames.emplace_back(frame->text());
    }
    void pause_reading() override { is_reading = false; }
    void resume_reading() override { is_reading = true; }
    void close(CloseCode code) override { closed = code; }

    std::vector<std::string> frames;
    bool is_reading = true;
    std::optional<CloseCode> closed;
};

}  // namespace gateway
