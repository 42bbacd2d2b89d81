#include "config/environment.hpp"

#include "config/keys.hpp"
#include "config/start.hpp"

using namespace std::chrono_literals;
using namespace gateway::config;

namespace {

Config config_with(std::vector<std::string> environment) {
    return Start{.flags = {}, .environment = std::move(environment), .check = {}}.config();
}

TEST_CASE("every key is a variable of its name") {
    const Config config = config_with(
        {"PATH=/bin", "KAFKA_WS_WEBSOCKET_PORT=9000", "KAFKA_WS_CONSUMER_GROUP=a=b",
         "KAFKA_WS_PRODUCER_MQ_INTERVAL=null", "KAFKA_WS_KAFKA_MAX_GROUP_MEMBERS=7", "HOME=/"});

    CHECK(config.websocket.port == 9000);
    CHECK(config.session.consumer.group == "a=b");
    CHECK_FALSE(config.session.producer.batch.interval);
    CHECK(config.kafka.max_group_members == 7);
}

TEST_CASE("a property of librdkafka is a variable with underscores for its dots") {
    const Config config = config_with({"KAFKA_WS_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092",
                                       "KAFKA_WS_KAFKA_PRODUCER_LINGER_MS=1",
                                       "KAFKA_WS_KAFKA_CONSUMER_FETCH_MIN_BYTES=2"});

    CHECK(config.uses_kafka());
    CHECK(config.kafka.common.at("bootstrap.servers") == "127.0.0.1:9092");
    CHECK(config.kafka.producer.at("linger.ms") == "1");
    CHECK(config.kafka.consumer.at("fetch.min.bytes") == "2");
}

TEST_CASE("an unknown variable of ours stops the start, with what may have been meant") {
    CHECK(error_of_variable("KAFKA_WS_WEBSOCKET_PROT=1") ==
          "KAFKA_WS_WEBSOCKET_PROT: there is no such variable; did you mean "
          "KAFKA_WS_WEBSOCKET_PORT?");
    CHECK(error_of_variable("KAFKA_WS_NONSENSE=") ==
          "KAFKA_WS_NONSENSE: there is no such variable; --help lists them all");
}

TEST_CASE("a bad value in the environment stops the start, with its variable") {
    CHECK(error_of_variable("KAFKA_WS_WEBSOCKET_PORT=http") ==
          "KAFKA_WS_WEBSOCKET_PORT: \"http\" is not a number from 0 to 65535");
    CHECK(error_of_variable("KAFKA_WS_WEBSOCKET_PORT=") ==
          "KAFKA_WS_WEBSOCKET_PORT: \"\" is not a number from 0 to 65535");
}

TEST_CASE("the variables of tests and of Kubernetes are left alone") {
    const Config config =
        config_with({"KAFKA_WS_BINARY=build/kafka-ws", "KAFKA_WS_SERVICE_HOST=10.0.0.1",
                     "KAFKA_WS_SERVICE_PORT=8085", "KAFKA_WS_PORT=tcp://10.0.0.1:8085",
                     "KAFKA_WS_PORT_8085_TCP_ADDR=10.0.0.1"});
    CHECK(config.websocket.port == 8085);
}

TEST_CASE("no variable of a key is among those that are left alone") {
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK_FALSE(is_reserved(variable_of(key.name)));
    }
}

}  // namespace
