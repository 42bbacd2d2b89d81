#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/resource.hpp"
#include "gateway/shard.hpp"
#include "routing/codec.hpp"

namespace gateway::routing {

/// A path of WebSockets whose frames a decoder makes the messages that are JSON elsewhere; what is
/// sent to clients is JSON here, too.
///
/// Lives on the shard's thread.
class Decoding final : public Resource {
public:
    /// `shard` and `codec` must outlive it; a frame has at most so many bytes.
    Decoding(Shard& shard, const Codec& codec, std::size_t max_frame_bytes);

    [[nodiscard]] std::size_t max_message_bytes() const override { return max_frame_bytes_; }
    [[nodiscard]] std::vector<HttpHeader> headers(const HttpRequest&) const override { return {}; }
    [[nodiscard]] std::optional<HttpReply> refuses(const HttpRequest&) override { return {}; }
    [[nodiscard]] std::shared_ptr<Connection::Events> accept(Connection& connection,
                                                             const HttpRequest& request) override;
    [[nodiscard]] std::shared_ptr<Exchange::Events> requested(Exchange& exchange,
                                                              HttpRequest request) override;

private:
    Shard& shard_;
    const Codec& codec_;
    std::size_t max_frame_bytes_;
};

}  // namespace gateway::routing
