#include <string>
#include <vector>

#include "config/start.hpp"

using namespace gateway;
using namespace gateway::config;

namespace {

const kafka::Options& kafka_of(const Config& config, std::size_t place) {
    REQUIRE(config.brokers.size() > place);
    REQUIRE(std::holds_alternative<kafka::Options>(config.brokers[place]));
    return std::get<kafka::Options>(config.brokers[place]);
}

std::vector<std::string> names_of(const Config& config) {
    std::vector<std::string> names;
    for (const BrokerOptions& options : config.brokers) {
        names.push_back(std::visit([](const auto& own) { return own.name; }, options));
    }
    return names;
}

using Names = std::vector<std::string>;

TEST_CASE("without brokers the one that kafka names serves, or the embedded one") {
    CHECK(names_of(Start{}.config()) == Names{"memory"});
    CHECK_FALSE(Start{}.config().names_brokers);
    const Config config = config_of("kafka: {bootstrap.servers: a:1, name: main}");
    CHECK(names_of(config) == Names{"main"});
    CHECK(config.names_brokers);
}

TEST_CASE("a list has brokers of several kinds, each with settings of its own") {
    const Config config = config_of(
        "brokers:\n"
        "  - {name: one, kind: kafka, hosts: [a, 'b:1', '[::1]:2'], max_readers: 7}\n"
        "  - name: two\n"
        "    kind: kafka\n"
        "    bootstrap: c:3\n"
        "    producer: {linger.ms: 1}\n"
        "    fetch.min.bytes: 2\n"
        "  - {name: three, kind: memory, max_topics: 5}\n");

    CHECK(names_of(config) == Names{"one", "two", "three"});
    CHECK(kafka_of(config, 0).common.at("bootstrap.servers") == "a:9092,b:1,[::1]:2");
    CHECK(kafka_of(config, 0).max_readers == 7);
    CHECK(kafka_of(config, 1).common ==
          kafka::Options::Properties{{"bootstrap.servers", "c:3"}, {"fetch.min.bytes", "2"}});
    CHECK(kafka_of(config, 1).producer == kafka::Options::Properties{{"linger.ms", "1"}});
    CHECK(std::get<memory::Options>(config.brokers[2]).max_topics == 5);
}

TEST_CASE("the first broker is the default, or the one that says so") {
    const std::string list =
        "brokers: [{name: a, kind: memory}, {name: b, kind: memory}, {name: c, kind: memory";
    CHECK(names_of(config_of(list + "}]")) == Names{"a", "b", "c"});
    CHECK(names_of(config_of(list + ", default: true}]")) == Names{"c", "a", "b"});
}

TEST_CASE("the Kafka that kafka names is one more, the default one unless an entry says so") {
    const std::string file = "kafka.bootstrap.servers: a:1\nbrokers: [{name: x, kind: memory";
    CHECK(names_of(config_of(file + "}]")) == Names{"kafka", "x"});
    CHECK(names_of(config_of(file + ", default: true}]")) == Names{"x", "kafka"});
    CHECK(error_of("kafka.bootstrap.servers: a:1\nbrokers: [{name: kafka, kind: memory}]") ==
          "FILE:2: brokers[0]: kafka is the Kafka of kafka.bootstrap.servers; give one of them "
          "another name, that one by kafka.name");
}

TEST_CASE("bounds of the group are an entry's unless it has its own, secrets are not") {
    const Config config = config_of(
        "kafka: {bootstrap.servers: a:1, sasl.password: secret, max_readers: 3}\n"
        "producer: {mq_interval: null}\n"
        "brokers: [{name: x, kind: kafka, hosts: b:1}]\n");
    CHECK(kafka_of(config, 1).max_readers == 3);
    CHECK(kafka_of(config, 1).immediate);
    CHECK_FALSE(kafka_of(config, 1).common.contains("sasl.password"));
}

TEST_CASE("credentials and TLS are said in the same words for every kind") {
    const Config config = config_of(
        "brokers:\n"
        "  - {name: a, kind: kafka, hosts: x, user: u, password: p}\n"
        "  - {name: b, kind: kafka, hosts: x, user: u, password: p, tls: true}\n"
        "  - {name: c, kind: kafka, hosts: x, tls: {ca: /ca, cert: /c, key: /k, verify: false}}\n"
        "  - {name: d, kind: kafka, hosts: x, user: u, password: p, sasl.mechanisms: "
        "SCRAM-SHA-256}\n");
    using Properties = kafka::Options::Properties;
    CHECK(kafka_of(config, 0).common == Properties{{"bootstrap.servers", "x:9092"},
                                                   {"security.protocol", "sasl_plaintext"},
                                                   {"sasl.mechanisms", "PLAIN"},
                                                   {"sasl.username", "u"},
                                                   {"sasl.password", "p"}});
    CHECK(kafka_of(config, 1).common.at("security.protocol") == "sasl_ssl");
    CHECK(kafka_of(config, 2).common ==
          Properties{{"bootstrap.servers", "x:9092"},
                     {"security.protocol", "ssl"},
                     {"ssl.ca.location", "/ca"},
                     {"ssl.certificate.location", "/c"},
                     {"ssl.key.location", "/k"},
                     {"enable.ssl.certificate.verification", "false"}});
    CHECK(kafka_of(config, 3).common.at("sasl.mechanisms") == "SCRAM-SHA-256");
}

TEST_CASE("a map of a list for each kind is Athena's form") {
    const Config config = config_of(
        "{\"websocket\": {\"port\": 9000, \"hostname\": \"localhost\"},\n"
        " \"brokers\": {\"kafka\": [{\"name\": \"k\", \"host\": \"h\", \"port\": 1234}]}}");
    CHECK(names_of(config) == Names{"k"});
    CHECK(kafka_of(config, 0).common.at("bootstrap.servers") == "h:1234");
    CHECK((config.websocket.address == "127.0.0.1" || config.websocket.address == "::1"));
}

TEST_CASE("an AMQP broker has hosts, a virtual host and credentials") {
    const Config config = config_of(
        "amqp: {prefetch: 7}\n"
        "brokers:\n"
        "  - name: r\n"
        "    kind: amqp\n"
        "    hosts: [a, 'b:1']\n"
        "    user: u\n"
        "    password: p\n"
        "    vhost: v\n"
        "    tls: {ca: /ca}\n"
        "    heartbeat: 3s\n"
        "  - {name: plain, kind: amqp, hosts: c, prefetch: 9}\n");
    const auto& one = std::get<amqp::Options>(config.brokers.at(0));
    CHECK(one.hosts == std::vector<amqp::Host>{{"a", 0}, {"b", 1}});
    CHECK(one.user == "u");
    CHECK(one.password == "p");
    CHECK(one.vhost == "v");
    CHECK(one.tls.enabled);
    CHECK(one.tls.ca == "/ca");
    CHECK(one.tls.verify);
    CHECK(one.heartbeat == std::chrono::seconds(3));
    CHECK(one.prefetch == 7);
    const auto& other = std::get<amqp::Options>(config.brokers.at(1));
    CHECK(other.user == "guest");
    CHECK(other.vhost == "/");
    CHECK_FALSE(other.tls.enabled);
    CHECK(other.prefetch == 9);
    CHECK(error_of("brokers: [{name: r, kind: amqp}]") ==
          "FILE:1: brokers[0]: lacks hosts, a list of host:port");
    CHECK(error_of("brokers: [{name: r, kind: amqp, hosts: a, linger.ms: 1}]") ==
          "FILE:1: brokers[0].linger.ms: a broker of kind amqp has no such key; --help lists them "
          "all");
}

TEST_CASE("a file of Athena's is read as it stands") {
    const Config config = config_of(
        R"({"websocket": {"port": 8080, "hostname": "0.0.0.0"},
            "brokers": {
              "amqp": [{"name": "rabbit", "host": "h", "port": 5672, "user": "u", "password": "p",
                        "vHost": "/v"}],
              "kafka": [{"name": "kafka", "host": "k", "port": 9092}]},
            "dispatcher": [
              {"field": "type", "value": "a", "route": {"broker": "rabbit", "queue": "q"}},
              {"field": "type", "value": "a", "route": {"broker": "kafka", "queue": "q"}}]})");
    CHECK(config.websocket.address == "0.0.0.0");
    CHECK(names_of(config) == Names{"rabbit", "kafka"});
    const auto& rabbit = std::get<amqp::Options>(config.brokers[0]);
    CHECK(rabbit.hosts == std::vector<amqp::Host>{{"h", 5672}});
    CHECK(rabbit.vhost == "/v");
    CHECK(config.routing.routes.size() == 2);
}

TEST_CASE("environment and flags change what the file says of a broker") {
    const TemporaryFile file(
        "brokers: [{name: a-b, kind: kafka, hosts: x}, {name: a, kind: kafka, hosts: y}]");
    const Start start{
        .flags = {"-c", file.path(), "--brokers.a.hosts=z", "--brokers.a.user", "u"},
        .environment = {"KAFKA_WS_BROKERS_A_B_PASSWORD=p", "KAFKA_WS_BROKERS_A_B_USER=v",
                        "KAFKA_WS_BROKERS_A_MAX_READERS=9",
                        "KAFKA_WS_BROKERS_A_PRODUCER_LINGER_MS=4"},
        .check = {}};
    const Config config = start.config();
    CHECK(kafka_of(config, 0).common.at("sasl.username") == "v");
    CHECK(kafka_of(config, 0).common.at("sasl.password") == "p");
    CHECK(kafka_of(config, 1).common.at("bootstrap.servers") == "z:9092");
    CHECK(kafka_of(config, 1).common.at("sasl.username") == "u");
    CHECK(kafka_of(config, 1).max_readers == 9);
    CHECK(kafka_of(config, 1).producer.at("linger.ms") == "4");
}

TEST_CASE("environment and flags add no broker") {
    CHECK(error_of_flags({"--brokers.x.hosts=a"}) ==
          "--brokers.x.hosts: the file's brokers have none of this name; they are none");
    CHECK(error_of_variable("KAFKA_WS_BROKERS_X_HOSTS=a") ==
          "KAFKA_WS_BROKERS_X_HOSTS: there is no such variable; --help lists them all");
}

TEST_CASE("a mistake in the brokers stops the start, with its place in the file") {
    CHECK(error_of("brokers: 7") == "FILE:1: brokers: must be a list");
    CHECK(error_of("brokers: []") == "FILE:1: brokers: is an empty list; leave it out");
    CHECK(error_of("brokers:\n  - {kind: memory}") == "FILE:2: brokers[0]: lacks a name");
    CHECK(error_of("brokers: [{name: a}]") ==
          "FILE:1: brokers[0]: lacks a kind, one of kafka, amqp, memory");
    CHECK(error_of("brokers: [{name: a, kind: nats}]") ==
          "FILE:1: brokers[0].kind: \"nats\" is not one of kafka, amqp, memory");
    CHECK(error_of("brokers: {nats: [{name: a}]}") ==
          "FILE:1: brokers.nats: is no kind of broker; there are kafka, amqp, memory");
    CHECK(error_of("brokers: [{name: 'a:b', kind: memory}]") ==
          "FILE:1: brokers[0].name: \"a:b\" is not a name of a-z A-Z 0-9 . _ -");
    CHECK(error_of("brokers:\n  - {name: a, kind: memory}\n  - {name: a, kind: memory}") ==
          "FILE:3: brokers[1]: the name a is there twice");
    CHECK(error_of("brokers: [{name: a, kind: memory, default: true}, {name: b, kind: memory, "
                   "default: true}]") == "FILE:1: brokers[1]: a is the default already");
    CHECK(error_of("brokers: [{name: a, kind: memory, default: 1}]") ==
          "FILE:1: brokers[0].default: \"1\" is not true or false");
    CHECK(error_of("brokers: [{name: a, kind: kafka}]") ==
          "FILE:1: brokers[0]: lacks hosts, a list of host:port");
    CHECK(error_of("brokers: [{name: a, kind: kafka, port: 9092}]") ==
          "FILE:1: brokers[0].port: is the port of no host");
    CHECK(error_of("brokers: [{name: a, kind: kafka, hosts: 'x:99999'}]") ==
          "FILE:1: brokers[0].hosts: \"x:99999\" is not a port, from 1 to 65535");
    CHECK(error_of("brokers: [{name: a, kind: kafka, hosts: 'http://x'}]") ==
          "FILE:1: brokers[0].hosts: \"http://x\" is not a host or host:port, or several with "
          "commas between them");
    CHECK(error_of("brokers: [{name: a, kind: kafka, hosts: x, tls: {verify: no}}]") ==
          "FILE:1: brokers[0].tls.verify: \"no\" is not true or false");
    CHECK(error_of("brokers: [{name: a, kind: kafka, hosts: x, max_reader: 1}]") ==
          "FILE:1: brokers[0].max_reader: a broker of kind kafka has no such key; did you mean "
          "max_readers?");
    CHECK(error_of("brokers: [{name: a, kind: kafka, hosts: x, max_readers: many}]") ==
          "FILE:1: brokers[0].max_readers: \"many\" is not a number from 0 to 100000");
    CHECK(error_of("brokers: [{name: a, kind: kafka, hosts: x, vhost: /}]") ==
          "FILE:1: brokers[0]: vhost is not for a kafka broker");
    CHECK(error_of("brokers: [{name: a, kind: memory, hosts: x}]") ==
          "FILE:1: brokers[0].hosts: is not for a memory broker, which is in this process");
    CHECK(error_of("brokers: [{name: a, kind: memory, name: b}]") ==
          "FILE:1: brokers[0].name: is there twice, first in line 1");
    CHECK(error_of("websocket: {hostname: no.such.host.invalid}") ==
          "FILE:1: websocket.hostname: \"no.such.host.invalid\" is not a host with an address");
}

TEST_CASE("a property that librdkafka refuses is told with the entry's place") {
    const TemporaryFile file("brokers:\n  - {name: a, kind: kafka, hosts: x, no.such: 1}");
    const Start start{.flags = {"-c", file.path()},
                      .environment = {},
                      .check = [](const std::string& name, const std::string&) {
                          return name == "no.such" ? std::optional<std::string>("is wrong")
                                                   : std::nullopt;
                      }};
    CHECK(start.error() == file.path() + ":2: brokers[0].no.such: is wrong");
}

TEST_CASE("printed brokers load as the same") {
    const TemporaryFile file(
        "kafka.bootstrap.servers: a:1\n"
        "brokers:\n"
        "  - {name: x, kind: kafka, hosts: b, password: 'p\"#', user: u, producer: {acks: 1}}\n"
        "  - {name: y, kind: memory, max_topics: 3, default: true}\n"
        "  - {name: z, kind: amqp, hosts: ['h:1', '[::1]'], password: '#', tls: {verify: "
        "false}}\n");
    const Start start{
        .flags = {"-c", file.path(), "--print-config"}, .environment = {}, .check = {}};
    const std::string printed = start.printed();
    const TemporaryFile again(printed);
    const Start second{
        .flags = {"-c", again.path(), "--print-config"}, .environment = {}, .check = {}};
    CHECK(second.printed() == printed);
    CHECK(names_of(config_of(printed)) == Names{"y", "kafka", "x", "z"});
    CHECK(kafka_of(config_of(printed), 2).common.at("sasl.password") == "p\"#");
}

}  // namespace
