#include "config/parse.hpp"

#include <chrono>

#include "base/version.hpp"
#include "config/keys.hpp"
#include "config/start.hpp"

using namespace gateway::config;

namespace {

TEST_CASE("a start without settings uses the defaults and the embedded broker") {
    const Config config = Start{}.config();
    CHECK(config.websocket.port == 8085);
    CHECK(config.http.port == 8080);
    CHECK_FALSE(config.uses_kafka());
}

TEST_CASE("flags are over the environment, which is over the file, which is over the defaults") {
    const TemporaryFile file("websocket: {port: 1, path: /file}\nhttp: {port: 1}\n");
    const Start start{.flags = {"--config", file.path(), "--websocket.port", "3"},
                      .environment = {"KAFKA_WS_WEBSOCKET_PORT=2", "KAFKA_WS_HTTP_PORT=2"},
                      .check = {}};

    const Config config = start.config();
    CHECK(config.websocket.port == 3);
    CHECK(config.http.port == 2);
    CHECK(config.websocket.path == "/file");
    CHECK(config.websocket.address == "127.0.0.1");
}

TEST_CASE("properties of librdkafka have the same precedence, each by itself") {
    const TemporaryFile file("kafka: {bootstrap.servers: a:1, client.id: file}\n");
    const Start start{.flags = {"-c", file.path(), "--kafka.client.id=flag"},
                      .environment = {"KAFKA_WS_KAFKA_CLIENT_ID=environment"},
                      .check = {}};

    const Config config = start.config();
    CHECK(config.kafka.common.at("bootstrap.servers") == "a:1");
    CHECK(config.kafka.common.at("client.id") == "flag");
}

TEST_CASE("a bad value stops the start even where another one stands over it") {
    const Start start{.flags = {"--websocket.port", "1"},
                      .environment = {"KAFKA_WS_WEBSOCKET_PORT=none"},
                      .check = {}};
    CHECK(start.error() == "KAFKA_WS_WEBSOCKET_PORT: \"none\" is not a number from 0 to 65535");
}

TEST_CASE("properties of librdkafka are nested or dotted in a file") {
    const Config config = config_of(
        "kafka:\n"
        "  bootstrap.servers: 127.0.0.1:9092\n"
        "  max_group_members: 7\n"
        "  security: {protocol: plaintext}\n"
        "  producer:\n"
        "    linger.ms: 1\n"
        "kafka.consumer.fetch.min.bytes: 2\n");

    CHECK(config.uses_kafka());
    CHECK(config.kafka.max_group_members == 7);
    CHECK(config.kafka.common ==
          gateway::kafka::Options::Properties{{"bootstrap.servers", "127.0.0.1:9092"},
                                              {"security.protocol", "plaintext"}});
    CHECK(config.kafka.producer == gateway::kafka::Options::Properties{{"linger.ms", "1"}});
    CHECK(config.kafka.consumer == gateway::kafka::Options::Properties{{"fetch.min.bytes", "2"}});
}

TEST_CASE("a property that librdkafka refuses stops the start, where it is given") {
    const PropertyCheck check = [](const std::string& name, const std::string& value) {
        return name == "linger.ms" && value == "1" ? std::nullopt
                                                   : std::optional<std::string>("is wrong");
    };
    const Start start{.flags = {"--kafka.producer.linger.ms=1", "--kafka.nonsense=1"},
                      .environment = {},
                      .check = check};
    CHECK(start.error() == "--kafka.nonsense: is wrong");
}

TEST_CASE("the group of a consumer is not librdkafka's to set") {
    CHECK(error_of("kafka: {consumer: {group.id: mine}}") ==
          "FILE:1: kafka.consumer.group.id: cannot be set here; the group is a subscription's; "
          "consumer.group is the default one");
    CHECK(error_of_flags({"--kafka.group.id", "mine"}) ==
          "--kafka.group.id: cannot be set here; the group is a subscription's; consumer.group is "
          "the default one");
}

TEST_CASE("brokers are named in one way") {
    CHECK(error_of_variable("KAFKA_WS_KAFKA_METADATA_BROKER_LIST=a:1") ==
          "KAFKA_WS_KAFKA_METADATA_BROKER_LIST: cannot be set here; use kafka.bootstrap.servers");
    CHECK(error_of_variable("KAFKA_WS_KAFKA_BOOTSTRAP_SERVERS=") ==
          "KAFKA_WS_KAFKA_BOOTSTRAP_SERVERS: is empty; name one broker at least, as host:port, or "
          "leave it out for the embedded broker");
}

TEST_CASE("properties of librdkafka without a Kafka to use them stop the start") {
    CHECK(error_of("kafka: {producer: {linger.ms: 1}}") ==
          "FILE:1: kafka.producer.linger.ms: is for a Kafka, and none is named: set "
          "kafka.bootstrap.servers");
    CHECK(error_of_variable("KAFKA_WS_KAFKA_BOOTSTRAP_SERVER=a:1") ==
          "KAFKA_WS_KAFKA_BOOTSTRAP_SERVER: is for a Kafka, and none is named: set "
          "kafka.bootstrap.servers");
}

TEST_CASE("sends that leave at once are not gathered by librdkafka either") {
    CHECK_FALSE(Start{}.config().kafka.immediate);
    CHECK(config_of("producer: {mq_interval: null}").kafka.immediate);
}

TEST_CASE(
    "the shared reader has the bounds of frames and the time for answers that sessions have") {
    const Config config = Start{
        .flags = {"--requests.timeout=3s", "--consumer.mq_limit=7",
                  "--consumer.max_frame_bytes=2KiB"},
        .environment = {},
        .check = {}}.config();
    CHECK(config.fanout.timeout == std::chrono::seconds(3));
    CHECK(config.fanout.max_batch_records == 7);
    CHECK(config.fanout.max_batch_bytes == 2048);
}

TEST_CASE("--check-config says ok or why not") {
    CHECK(Start{.flags = {"--check-config"}, .environment = {}, .check = {}}.printed() == "ok\n");
    CHECK(error_of_flags({"--check-config", "--http.port", "x"}) ==
          "--http.port: \"x\" is not a number from 0 to 65535");
}

TEST_CASE("--version says the version, whatever else is wrong") {
    const Start start{.flags = {"--version", "--http.port", "x"}, .environment = {}, .check = {}};
    CHECK(start.printed() == "kafka-ws " + std::string(gateway::version) + "\n");
}

TEST_CASE("--help names every key and says what the embedded broker does not do") {
    for (const char* flag : {"-h", "--help"}) {
        const std::string help = Start{.flags = {flag}, .environment = {}, .check = {}}.printed();
        for (const Key& key : keys()) {
            CAPTURE(key.name);
            CHECK(help.find("--" + std::string(key.name) + " ") != std::string::npos);
        }
        CHECK(help.find("embedded broker") != std::string::npos);
        CHECK(help.find("they end with the process") != std::string::npos);
    }
}

}  // namespace
