#include "config/flags.hpp"

#include "config/start.hpp"

using namespace gateway::config;

namespace {

Config config_with(std::vector<std::string> flags) {
    return Start{.flags = std::move(flags), .environment = {}, .check = {}}.config();
}

TEST_CASE("every key is a flag, with its value after a blank or an equals sign") {
    const Config config = config_with({"--websocket.port", "0", "--http.port=0",
                                       "--consumer.group=a=b", "--consumer.mq_interval", "null"});

    CHECK(config.websocket.port == 0);
    CHECK(config.http.port == 0);
    CHECK(config.session.consumer.group == "a=b");
    CHECK_FALSE(config.session.consumer.batch.interval);
}

TEST_CASE("a property of librdkafka is a flag, even with a value like a flag or a list") {
    const Config config = config_with({"--kafka.bootstrap.servers", "[::1]:9092,127.0.0.1:9092",
                                       "--kafka.producer.linger.ms=1", "--kafka.producer.acks",
                                       "-1", "--kafka.consumer.check.crcs=true"});

    CHECK(config.kafka.common.at("bootstrap.servers") == "[::1]:9092,127.0.0.1:9092");
    CHECK(config.kafka.producer.at("linger.ms") == "1");
    CHECK(config.kafka.producer.at("acks") == "-1");
    CHECK(config.kafka.consumer.at("check.crcs") == "true");
}

TEST_CASE("an unknown flag stops the start, with what may have been meant") {
    CHECK(error_of_flags({"--websocket.prot", "1"}) ==
          "--websocket.prot: there is no such flag; did you mean --websocket.port?");
    CHECK(error_of_flags({"--kafka.max_group_member=1"}) ==
          "--kafka.max_group_member: there is no such flag; did you mean "
          "--kafka.max_group_members?");
    CHECK(error_of_flags({"--kafka.bootstrap_servers=a:1"}) ==
          "--kafka.bootstrap_servers: there is no such flag; did you mean "
          "--kafka.bootstrap.servers?");
    CHECK(error_of_flags({"-x"}) == "-x: there is no such flag; --help lists them all");
}

TEST_CASE("an argument that is no flag stops the start") {
    CHECK(error_of_flags({"kafka-ws.yaml"}) ==
          "\"kafka-ws.yaml\" is not expected; settings are flags, such as --websocket.port 8085, "
          "or in a file: -c FILE");
}

TEST_CASE("a bad value of a flag stops the start, with its flag") {
    CHECK(error_of_flags({"--websocket.port", "http"}) ==
          "--websocket.port: \"http\" is not a number from 0 to 65535");
    CHECK(error_of_flags({"--websocket.port", "-1"}) ==
          "--websocket.port: \"-1\" is not a number from 0 to 65535");
    CHECK(error_of_flags({"--print-config=xml"}) ==
          "--print-config: \"xml\" is not one of yaml, markdown");
}

TEST_CASE("a flag without its value stops the start") {
    CHECK(error_of_flags({"--websocket.port"}) == "--websocket.port: needs a value");
    CHECK(error_of_flags({"--websocket.port="}) == "--websocket.port: needs a value");
    CHECK(error_of_flags({"-c"}) == "--config: needs a value");
}

TEST_CASE("a flag that is there twice stops the start") {
    CHECK(error_of_flags({"--http.port", "1", "--http.port=1"}) == "--http.port: is there twice");
    CHECK(error_of_flags({"--kafka.client.id=a", "--kafka.client.id=b"}) ==
          "--kafka.client.id: is there twice");
}

}  // namespace
