#include "kafka/error.hpp"

#include <string>

#include <doctest/doctest.h>

using gateway::Errc;
using gateway::kafka::to_error;

namespace {

TEST_CASE("an error names what it happened to, what to do and Kafka's own words") {
    const auto error = to_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic \"orders\"");
    CHECK(error.code == Errc::topic_not_found);
    CHECK(error.message ==
          "topic \"orders\": the topic does not exist; create it first "
          "(Broker: Unknown topic or partition)");
}

TEST_CASE("a longer explanation takes the place of the code's name") {
    const auto error = to_error(RD_KAFKA_RESP_ERR_INVALID_CONFIG, "topic \"orders\"", "no such x");
    CHECK(error.code == Errc::invalid_topic_config);
    CHECK(error.message.ends_with("(no such x)"));
}

TEST_CASE("librdkafka's and the broker's codes for one thing are one code") {
    CHECK(to_error(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "x").code == Errc::topic_not_found);
    CHECK(to_error(RD_KAFKA_RESP_ERR__TRANSPORT, "x").code == Errc::broker_unavailable);
    CHECK(to_error(RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, "x").code == Errc::broker_unavailable);
    CHECK(to_error(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, "x").code == Errc::delivery_failed);
    CHECK(to_error(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "x").code == Errc::record_too_large);
    CHECK(to_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "x").code == Errc::not_authorized);
}

TEST_CASE("a code that is newer than this librdkafka is a fault that its number tells") {
    CHECK(to_error(static_cast<rd_kafka_resp_err_t>(9999), "x").code == Errc::internal);
}

}  // namespace
