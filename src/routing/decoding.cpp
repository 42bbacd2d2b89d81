#include "routing/decoding.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "gateway/session.hpp"

namespace gateway::routing {

namespace {

/// A session's connection, whose frames are decoded before it sees them.
class Decoded final : public Connection::Events {
public:
    Decoded(std::shared_ptr<Session> session, const Codec& codec)
        : session_(std::move(session)), codec_(codec) {}

    void received_text(std::string_view text) override { received(text, false); }
    void received_binary(std::string_view bytes) override { received(bytes, true); }
    void written(std::size_t frames) override { session_->written(frames); }
    void closed() override { session_->closed(); }

private:
    void received(std::string_view frame, bool is_binary) {
        if (is_binary != codec_.is_binary) {
            return session_->received_unreadable(
                Error(Errc::malformed_message,
                      fmt::format("frames at this path are {}: {}",
                                  codec_.is_binary ? "binary" : "text", codec_.name)));
        }
        std::string json;
        if (const auto error = codec_.decode(frame, json)) {
            return session_->received_unreadable(*error);
        }
        session_->received_text(json);
    }

    std::shared_ptr<Session> session_;
    const Codec& codec_;
};

}  // namespace

Decoding::Decoding(Shard& shard, const Codec& codec, std::size_t max_frame_bytes)
    : shard_(shard), codec_(codec), max_frame_bytes_(max_frame_bytes) {}

std::shared_ptr<Connection::Events> Decoding::accept(Connection& connection,
                                                     const HttpRequest& request) {
    return std::make_shared<Decoded>(shard_.sessions.open(shard_, connection, request.user),
                                     codec_);
}

std::shared_ptr<Exchange::Events> Decoding::requested(Exchange& exchange, HttpRequest) {
    exchange.reply({.status = 426,
                    .headers = {{"Upgrade", "websocket"}},
                    .body = "WebSockets are served here\n"});
    return nullptr;
}

}  // namespace gateway::routing
