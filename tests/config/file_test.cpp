#include "config/file.hpp"

#include "config/start.hpp"

using namespace std::chrono_literals;
using namespace gateway::config;

namespace {

TEST_CASE("a file sets what it names and leaves the rest at its default") {
    const Config config = config_of(
        "websocket:\n"
        "  port: 9000\n"
        "  address: \"::1\"\n"
        "  max_frame_bytes: 64KiB\n"
        "http.port: 0\n"
        "consumer: {mq_interval: 20, group: mine}\n"
        "memory: {auto_create: false}\n"
        "log: {level: debug, format: json}\n"
        "shutdown: {timeout: 3s}\n");

    CHECK(config.websocket.port == 9000);
    CHECK(config.websocket.address == "::1");
    CHECK(config.websocket.max_frame_bytes == 65536);
    CHECK(config.http.port == 0);
    CHECK(config.session.consumer.batch.interval == 20ms);
    CHECK(config.session.consumer.group == "mine");
    CHECK_FALSE(config.memory.auto_create);
    CHECK(config.log.level == gateway::LogLevel::debug);
    CHECK(config.log.format == gateway::LogFormat::json);
    CHECK(config.shutdown.timeout == 3s);
    CHECK(config.session.producer.batch.interval == 200ms);
    CHECK(config.websocket.path == "/");
}

TEST_CASE("a file may be JSON") {
    const Config config = config_of(
        "{\n\t\"websocket\":{\"port\":9000,\"path\":\"\\/kafka\"},\n"
        "\t\"producer\":{\"mq_interval\":null},\n"
        "\t\"kafka\":{\"bootstrap.servers\":\"a:1,b:2\"}\n}\n");

    CHECK(config.websocket.port == 9000);
    CHECK(config.websocket.path == "/kafka");
    CHECK_FALSE(config.session.producer.batch.interval);
    CHECK(config.kafka.common.at("bootstrap.servers") == "a:1,b:2");
}

TEST_CASE("a file without settings and a group without keys change nothing") {
    CHECK(config_of("").websocket.port == 8085);
    CHECK(config_of("# nothing\n").websocket.port == 8085);
    CHECK(config_of("websocket:\n  # port: 1\nkafka:\n  producer:\n").websocket.port == 8085);
}

TEST_CASE("null means at once for an interval, and nothing anywhere else") {
    CHECK_FALSE(config_of("producer: {mq_interval: null}").session.producer.batch.interval);
    CHECK_FALSE(config_of("consumer: {mq_interval: ~}").session.consumer.batch.interval);
    CHECK(error_of("consumer: {group: null}") ==
          "FILE:1: consumer.group: null is not text of at least one character");
    CHECK(error_of("kafka: {bootstrap.servers: null}") ==
          "FILE:1: kafka.bootstrap.servers: null is not a value of librdkafka");
}

TEST_CASE("an unknown key stops the start, with its line and what may have been meant") {
    CHECK(error_of("http:\n  port: 0\nwebsocket:\n  prot: 1\n") ==
          "FILE:4: websocket.prot: there is no such key; did you mean websocket.port?");
    CHECK(error_of("nonsense: 1") ==
          "FILE:1: nonsense: there is no such key; --help lists them all");
    CHECK(error_of("websocket: {port: {number: 1}}") ==
          "FILE:1: websocket.port.number: there is no such key; --help lists them all");
    CHECK(error_of("http: {port: 0}\nwebsockets: {}") ==
          "FILE:2: websockets: there is no such key; --help lists them all");
}

TEST_CASE("a bad value stops the start, with its line and what is allowed") {
    CHECK(error_of("\n\nwebsocket.port: 70000") ==
          "FILE:3: websocket.port: \"70000\" is not a number from 0 to 65535");
    CHECK(error_of("websocket: {address: localhost}") ==
          "FILE:1: websocket.address: \"localhost\" is not an IPv4 or IPv6 address");
    CHECK(error_of("websocket: {path: kafka}") ==
          "FILE:1: websocket.path: \"kafka\" is not a path that begins with /");
    CHECK(error_of("requests: {timeout: 2h}") ==
          "FILE:1: requests.timeout: \"2h\" is not a duration from 1ms to 1h");
    CHECK(error_of("websocket: {max_frame_bytes: 1MB}") ==
          "FILE:1: websocket.max_frame_bytes: \"1MB\" is not a size from 1KiB to 1GiB");
    CHECK(error_of("memory: {auto_create: yes}") ==
          "FILE:1: memory.auto_create: \"yes\" is not true or false");
    CHECK(error_of("log: {level: loud}") ==
          "FILE:1: log.level: \"loud\" is not one of trace, debug, info, warn, error, off");
    CHECK(error_of("producer: {mq_interval: never}") ==
          "FILE:1: producer.mq_interval: \"never\" is not a duration from 0ms to 1h or null");
    CHECK(error_of("kafka: {name: 'a:b'}") ==
          "FILE:1: kafka.name: \"a:b\" is not a name of a-z A-Z 0-9 . _ -");
}

TEST_CASE("a key that takes a list may have it as one") {
    using Names = std::vector<std::string>;
    CHECK(config_of("kasocki: {allowed_topics: [a, 2]}").kasocki.allowed_topics == Names{"a", "2"});
    CHECK(config_of("kasocki:\n  allowed_topics:\n  - a\n").kasocki.allowed_topics == Names{"a"});
    CHECK(config_of("kasocki.allowed_topics: a,b").kasocki.allowed_topics == Names{"a", "b"});
    CHECK(error_of("kasocki: {allowed_topics: []}") ==
          "FILE:1: kasocki.allowed_topics: is an empty list; leave it out");
    CHECK(error_of("kasocki:\n  allowed_topics: [[a]]") ==
          "FILE:2: kasocki.allowed_topics: is a list of single values");
    CHECK(error_of("kasocki: {allowed_topics: [a b]}") ==
          "FILE:1: kasocki.allowed_topics: \"a b\" is not * or names of topics, with commas "
          "between them");
}

TEST_CASE("a key that is there twice stops the start, however it is written") {
    CHECK(error_of("websocket:\n  port: 1\n  port: 2\n") ==
          "FILE:3: websocket.port: is there twice, first in line 2");
    CHECK(error_of("websocket: {port: 1}\nwebsocket.port: 2\n") ==
          "FILE:2: websocket.port: is there twice, first in line 1");
    CHECK(error_of("websocket: {port: 1}\nwebsocket: {path: /}\n") ==
          "FILE:2: websocket: is there twice, first in line 1");
    CHECK(error_of("kafka: {producer: {linger.ms: 1}}\nkafka.producer.linger.ms: 2\n") ==
          "FILE:2: kafka.producer.linger.ms: is there twice, first in line 1");
}

TEST_CASE("what is no map of single values stops the start, with its line") {
    CHECK(error_of("just text") ==
          "FILE:1: a file of settings is a map, such as websocket: {port: 8085}");
    CHECK(error_of("- 1") ==
          "FILE:1: a file of settings is a map, such as websocket: {port: 8085}");
    CHECK(error_of("websocket: 8085") == "FILE:1: websocket: is a group of keys, not a key");
    CHECK(error_of("kafka:\n  bootstrap.servers: [a, b]\n") ==
          "FILE:2: kafka.bootstrap.servers: is a list where a single value belongs");
    CHECK(error_of("? [a, b]\n: 1\n") == "FILE:1: a key is a single word");
    CHECK(error_of("websocket: {port: 1}\n---\nhttp: {port: 1}\n") ==
          "FILE:3: a second document begins; one is allowed");
    CHECK(error_of("kafka: &again\n  producer: *again\n") == "FILE:1: maps are nested too deeply");
}

TEST_CASE("what is not YAML stops the start, with its line") {
    CHECK(error_of("websocket:\n  port: 1\n path: /\n").starts_with("FILE:3: is not YAML: "));
    CHECK(error_of("websocket: {port: 1\n").starts_with("FILE:2: is not YAML: "));
}

TEST_CASE("a file that cannot be read stops the start") {
    CHECK(error_of_flags({"-c", "/nonexistent/kafka-ws.yaml"}) ==
          "/nonexistent/kafka-ws.yaml: cannot be read: No such file or directory");
    CHECK(error_of_flags({"-c", "/"}) == "/: cannot be read: Is a directory");
}

}  // namespace
