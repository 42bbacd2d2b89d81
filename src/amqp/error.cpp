#include "amqp/error.hpp"

#include <fmt/format.h>

#include "amqp/bytes.hpp"

namespace gateway::amqp {

namespace {

bool is_permanent(std::uint16_t reply_code) {
    return reply_code == AMQP_ACCESS_REFUSED || reply_code == AMQP_NOT_ALLOWED ||
           reply_code == AMQP_INVALID_PATH;
}

}  // namespace

Errc errc_of(std::uint16_t reply_code) {
    switch (reply_code) {
        case AMQP_NOT_FOUND:
            return Errc::topic_not_found;
        case AMQP_ACCESS_REFUSED:
        case AMQP_NOT_ALLOWED:
        case AMQP_RESOURCE_LOCKED:
            return Errc::not_authorized;
        case AMQP_PRECONDITION_FAILED:
        case AMQP_COMMAND_INVALID:
            return Errc::invalid_topic_config;
        default:
            return Errc::broker_unavailable;
    }
}

Failure failure_of(std::uint16_t reply_code, std::string_view reply_text) {
    if (reply_text.empty()) return {fmt::format("reply code {}", reply_code), false};
    return {std::string(reply_text), is_permanent(reply_code)};
}

Failure failure_of_status(int status) { return {amqp_error_string2(status), false}; }

std::optional<Failure> failure_of(const amqp_rpc_reply_t& reply) {
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL:
            return std::nullopt;
        case AMQP_RESPONSE_NONE:
            return Failure{"no answer", false};
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            return failure_of_status(reply.library_error);
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            break;
    }
    if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const auto& close = *static_cast<amqp_connection_close_t*>(reply.reply.decoded);
        return failure_of(close.reply_code, to_view(close.reply_text));
    }
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const auto& close = *static_cast<amqp_channel_close_t*>(reply.reply.decoded);
        return failure_of(close.reply_code, to_view(close.reply_text));
    }
    return Failure{"an answer that was not asked for", false};
}

}  // namespace gateway::amqp
