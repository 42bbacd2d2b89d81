#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "amqp/field.hpp"
#include "amqp/node.hpp"
#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"

/// Brokers that cannot be reached, or do not let one in.
namespace gateway::amqp {

namespace {

using contract::Member;
using contract::Sender;
using contract::Stage;
using testing::closed_port;
using testing::Field;
using testing::Node;

/// Everything that is asked fails, with this in its reason.
void expect_refusal(Field& field, const std::string& reason) {
    REQUIRE(field.until_up(false));
    CHECK(field.broker().status().reason.find(reason) != std::string::npos);
    auto& stage = field.stage();

    Member member(stage, {"topic"}, "group");
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::broker_unavailable);
    CHECK(member.failure()->message.find(reason) != std::string::npos);

    const auto created = stage.create({{.topic = "topic",
                                        .partitions = std::nullopt,
                                        .replication = std::nullopt,
                                        .config = {}}});
    REQUIRE(created.at(0).has_value());
    CHECK(created.at(0)->code == Errc::broker_unavailable);
    CHECK(created.at(0)->message.find(reason) != std::string::npos);

    const auto located = stage.locate({"topic"}, FromLatest{});
    REQUIRE_FALSE(located.has_value());
    CHECK(located.error().message.find(reason) != std::string::npos);
}

TEST_CASE("wrong credentials are told by name, and nothing waits for them") {
    Options options = Node().options();
    options.password = "wrong";
    Field field(options);
    expect_refusal(field, "ACCESS_REFUSED");
    Sender sender(field.stage());
    CHECK(sender.fate_of({.topic = "topic", .value = "v"}).error == Errc::broker_unavailable);
}

TEST_CASE("a vhost that does not exist is told by name") {
    Options options = Node().options();
    options.vhost = "nowhere";
    Field field(options);
    expect_refusal(field, "nowhere");
}

TEST_CASE("a port that nobody listens on is told with its address, and others do not suffer") {
    Options options = Node().options();
    options.hosts = {{.name = "127.0.0.1", .port = closed_port()}};
    options.delivery_timeout = std::chrono::milliseconds(300);
    Field broken(options);
    Field whole(Node().options());
    expect_refusal(broken,
                   "127.0.0.1:" + std::to_string(options.hosts[0].port) + ": nobody listens there");
    Sender sender(broken.stage());
    CHECK(sender.fate_of({.topic = "topic", .value = "v"}).error == Errc::delivery_failed);
    REQUIRE(whole.until_up(true));
    CHECK_FALSE(whole.stage().topic().empty());

    const auto begin = std::chrono::steady_clock::now();
    broken.stop(std::chrono::seconds(5));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("the next host is tried where one does not answer") {
    Options options = Node().options();
    options.hosts.insert(options.hosts.begin(), {.name = "127.0.0.1", .port = closed_port()});
    options.hosts.insert(options.hosts.begin(), {.name = "127.0.0.1", .port = closed_port()});
    Field field(options);
    REQUIRE(field.until_up(true));
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Sender sender(stage);
    CHECK_FALSE(sender.fate_of({.topic = topic, .value = "v"}).error.has_value());
}

TEST_CASE("where a user may not write, that record is refused and the others go on") {
    const Node node;
    const std::string user = Stage::fresh("user");
    node.control("add_user " + user + " password");
    node.control("set_permissions " + user + " '.*' '^(open|.*:).*' '.*'");
    Field owner(node.options());
    const std::string open = Stage::fresh("open");
    const std::string shut = Stage::fresh("shut");
    for (const auto& topic : {open, shut}) {
        REQUIRE_FALSE(owner.stage()
                          .create({{.topic = topic,
                                    .partitions = std::nullopt,
                                    .replication = std::nullopt,
                                    .config = {}}})
                          .at(0)
                          .has_value());
    }
    Options options = node.options();
    options.user = user;
    options.password = "password";
    Field field(options);
    Sender sender(field.stage());
    std::vector<OutgoingRecord> records;
    for (int i = 0; i < 90; ++i)
        records.push_back({.topic = i % 30 == 7 ? shut : open, .value = "v"});
    const auto fates = sender.deliver(records);
    for (std::size_t i = 0; i < fates.size(); ++i) {
        CAPTURE(i);
        CHECK(fates[i].error == (i % 30 == 7 ? std::optional(Errc::not_authorized) : std::nullopt));
    }
    node.control("delete_user " + user);
}

TEST_CASE("TLS reaches a broker whose certificate is of a known authority, by its name") {
    const Node node;
    Options options = node.tls_options();
    SUBCASE("shows a certificate") {
        options.tls.cert = node.state() + "/tls/client.pem";
        options.tls.key = node.state() + "/tls/client.key";
    }
    SUBCASE("shows none") {}
    SUBCASE("does not look at the broker's") {
        options.tls.ca.clear();
        options.tls.verify = false;
    }
    Field field(options);
    REQUIRE(field.until_up(true));
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Member member(stage, {topic}, "group");
    member.commit_as_taken();
    member.join();
    Sender sender(stage);
    const std::string large(900'000, 'x');
    REQUIRE_FALSE(sender.fate_of({.topic = topic, .value = large}).error.has_value());
    sender.count(topic, 0, 0, 1000);
    member.wait_for(1001);
    CHECK(member.taken()[0].value == large);
}

TEST_CASE("TLS without a trusted authority, or with none at all, is refused with a reason") {
    const Node node;
    Options options = node.tls_options();
    std::string reason = "SSL";
    SUBCASE("the system's authorities") { options.tls.ca.clear(); }
    SUBCASE("no such file") {
        options.tls.ca = "/nowhere/ca.pem";
        reason = "/nowhere/ca.pem";
    }
    SUBCASE("a certificate that cannot be read") {
        options.tls.cert = options.tls.key = "/nowhere/cert.pem";
        reason = "/nowhere/cert.pem";
    }
    Field field(options);
    REQUIRE(field.until_up(false));
    CAPTURE(field.broker().status().reason);
    CHECK(field.broker().status().reason.find(reason) != std::string::npos);
}

TEST_CASE("settings that cannot be used are refused at the start") {
    Options options = Node().options();
    SUBCASE("no host") { options.hosts.clear(); }
    SUBCASE("no prefetch") { options.prefetch = 0; }
    SUBCASE("no heartbeat") { options.heartbeat = std::chrono::seconds(0); }
    SUBCASE("a key without its certificate") { options.tls.key = "key.pem"; }
    Broker broker(options);
    CHECK_THROWS_AS(broker.start(), std::runtime_error);
}

}  // namespace

}  // namespace gateway::amqp
