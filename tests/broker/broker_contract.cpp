#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

TEST_CASE("a broker says what it is") {
    Stage stage;
    CHECK_FALSE(stage.broker().name().empty());
    CHECK_FALSE(stage.broker().kind().empty());
}

TEST_CASE("a broker that answers is up, and gives no reason") {
    Stage stage;
    REQUIRE(stage.run_until([&] {
        (void)stage.list();
        return stage.broker().status().up;
    }));
    CHECK(stage.broker().status().reason.empty());
}

TEST_CASE("what is open is counted, and nothing remains of what is gone") {
    Stage stage;
    const auto topic = stage.topic();
    {
        Sender sender(stage);
        Member one(stage, {topic}, Stage::fresh("group"));
        Member other(stage, {topic}, Stage::fresh("group"));
        one.join();
        other.join();
        sender.count(topic, 0, 0, 10);
        CHECK(stage.broker().status().producers == 1);
        CHECK(stage.broker().status().consumers == 2);
        CHECK(stage.broker().status().orphans == 0);
        other.close();
    }
    REQUIRE(stage.run_until([&] {
        const auto status = stage.broker().status();
        return status.producers == 0 && status.consumers == 0 && status.orphans == 0;
    }));
}

TEST_CASE_FIXTURE(Scene,
                  "what was sent is delivered before a broker stops, with everything still open") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    const OutgoingRecord record{.topic = topic,
                                .key = std::nullopt,
                                .value = "value",
                                .headers = {},
                                .timestamp = std::nullopt};
    const std::vector<OutgoingRecord> records(1000, record);
    REQUIRE(sender.send(records).taken == records.size());
    stage.stop();
    REQUIRE(sender.reports().size() == records.size());
    for (const auto& report : sender.reports()) REQUIRE_FALSE(report.error.has_value());
}

TEST_CASE("a broker that nothing was asked of stops") {
    Stage stage;
    stage.stop();
}

/// Sends 2000 records to `mine` and takes what both topics carry; true if that was everything.
bool exchange(Broker& broker, asio::io_context& io, const std::string& mine,
              const std::string& theirs, std::atomic<int>& live) {
    Stage stage(broker, io);
    Sender sender(stage);
    Member member(stage, {mine, theirs}, Stage::fresh("group"));
    const bool is_live = stage.run_until([&] { return member.is_live(); });
    ++live;
    while (live < 2) std::this_thread::yield();
    if (!is_live) return false;

    for (int first = 0; first < 2000; first += 100) sender.count(mine, 0, first, first + 100);
    return stage.run_until([&] { return member.taken().size() == 4000; }) &&
           member.offsets({mine, 0}) == range(0, 2000) &&
           member.offsets({theirs, 0}) == range(0, 2000);
}

TEST_CASE("threads use one broker at once, each hearing on its own executor") {
    asio::io_context first_io;
    asio::io_context second_io;
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    std::atomic<int> live = 0;
    bool first = false;
    bool second = false;
    std::thread thread([&] { first = exchange(stage.broker(), first_io, one, other, live); });
    std::thread another([&] { second = exchange(stage.broker(), second_io, other, one, live); });
    thread.join();
    another.join();
    CHECK(first);
    CHECK(second);
}

}  // namespace

}  // namespace gateway::contract
