#pragma once

#include <string_view>

#include <librdkafka/rdkafka.h>

#include "base/error.hpp"

namespace gateway::kafka {

/// There is no such topic or partition, or the broker that was asked has not heard of it yet.
[[nodiscard]] bool is_unknown(rd_kafka_resp_err_t code);

/// What ends a member of a group, since more waiting does not heal it. The rest librdkafka goes on
/// trying.
[[nodiscard]] bool is_final(rd_kafka_resp_err_t code);

/// What librdkafka or the broker said, as an answer to a client.
///
/// `about` names what it happened to, `topic "orders"` say, and begins the message; the code's own
/// advice and Kafka's words follow. Not for RD_KAFKA_RESP_ERR_NO_ERROR.
[[nodiscard]] Error to_error(rd_kafka_resp_err_t code, std::string_view about);

/// The same, with the broker's or librdkafka's longer explanation in the place of the code's name.
[[nodiscard]] Error to_error(rd_kafka_resp_err_t code, std::string_view about,
                             std::string_view explanation);

}  // namespace gateway::kafka
