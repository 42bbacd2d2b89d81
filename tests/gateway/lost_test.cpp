#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "gateway/client.hpp"
#include "gateway/stage.hpp"

using namespace gateway;
using gateway::testing::Client;
using gateway::testing::has;
using gateway::testing::Stage;
using Positions = std::vector<Position>;
using Texts = std::vector<std::string>;

namespace {

/// What the one member of a group is told, and what it commits.
struct Script {
    Consumer::Events* events = nullptr;
    Positions committed{};
};

/// A broker with one member, to which the test says what comes.
class ScriptedBroker final : public Broker {
public:
    explicit ScriptedBroker(Script& script) : script_(script) {}

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::string_view kind() const override { return "scripted"; }
    void start() override {}
    void stop(Timeout) override {}
    [[nodiscard]] std::unique_ptr<Producer> open_producer(Executor, Producer::Events&) override {
        std::abort();
    }
    [[nodiscard]] Result<std::unique_ptr<Consumer>> open_consumer(
        Executor, Consumer::Options, Consumer::Events& events) override {
        script_.events = &events;
        return std::unique_ptr<Consumer>(std::make_unique<Member>(script_));
    }
    [[nodiscard]] Result<std::unique_ptr<PartitionReader>> open_reader(
        Executor, PartitionReader::Events&) override {
        std::abort();
    }
    void create_topics(Executor, std::vector<TopicSpec>, Timeout, OnCreated) override {}
    void list_topics(Executor, Timeout, OnListed) override {}
    void locate(Executor, std::vector<std::string>, Start, Timeout, OnLocated) override {}
    [[nodiscard]] BrokerStatus status() const override { return {}; }

private:
    class Member final : public Consumer {
    public:
        explicit Member(Script& script) : script_(script) {}

        void resume() override {}
        void commit(std::span<const Position> next) override {
            script_.committed.insert(script_.committed.end(), next.begin(), next.end());
        }
        void close(std::function<void()> done) override {
            if (done) done();
        }

    private:
        Script& script_;
    };

    std::string name_ = "scripted";
    Script& script_;
};

/// A client whose group reads the partition 0 of the topic "a" from offset 95 on, in frames of one
/// notification.
struct Scene {
    explicit Scene(std::string_view options) {
        client.send(R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a"],"mq_limit":1)" +
                    std::string(options) + "}}");
        const Position start{"a", 0, 95};
        script.events->live({&start, 1});
        CHECK(has(client.next(), R"("s":0)"));
    }

    static SessionOptions one_frame_at_once() {
        SessionOptions options = Stage::at_once();
        options.max_buffered_bytes = 1;
        return options;
    }

    static Brokers only(std::unique_ptr<Broker> broker) {
        std::vector<std::unique_ptr<Broker>> brokers;
        brokers.push_back(std::move(broker));
        return Brokers(std::move(brokers));
    }

    void record(std::int64_t offset, std::optional<std::string_view> key = {}) const {
        const std::string value = std::to_string(offset);
        const Record record{.topic = "a", .offset = offset, .key = key, .value = value};
        CHECK(script.events->records({&record, 1}) == 1);
    }

    std::string acknowledge(std::int64_t offset) {
        return client.ask(
            R"({"id":2,"t":"notif","a":"ack","p":{"topic":"a","partition":0,"offset":)" +
            std::to_string(offset) + "}}");
    }

    /// The topic is another one by now, which has 200 records.
    void make_anew(std::int64_t wanted) const { script.events->lost({"a", 0, wanted, 0, 0, 200}); }

    Script script{};
    Stage stage{one_frame_at_once(), only(std::make_unique<ScriptedBroker>(script))};
    Client client{stage};
};

TEST_CASE("what of a log that is gone is still unwritten commits nothing in the one after it") {
    Scene scene("");
    scene.record(95);
    REQUIRE(scene.client.unwritten().size() == 1);
    scene.make_anew(96);
    CHECK(scene.client.values(1) == Texts{"95"});
    CHECK(scene.script.committed.empty());
    CHECK(scene.client.values(1) == Texts{"96-0"});
    CHECK(scene.script.committed == Positions{{"a", 0, 0}});
    scene.record(0);
    CHECK(scene.client.values(1) == Texts{"0"});
    CHECK(scene.script.committed.back() == Position{"a", 0, 1});
}

TEST_CASE("what is held back of a log that is gone is sent, and commits nothing in the next one") {
    Scene scene(R"(,"slow":"conflate")");
    scene.record(95);
    for (const std::int64_t offset : {96, 97, 98}) scene.record(offset, "k");
    REQUIRE(scene.client.unwritten().size() == 1);
    scene.make_anew(99);
    CHECK(scene.client.values(4) == Texts{"95", "96", "97-98", "98"});
    CHECK(scene.script.committed.empty());
    CHECK(scene.client.values(1) == Texts{"99-0"});
    CHECK(scene.script.committed == Positions{{"a", 0, 0}});
}

TEST_CASE("ranges that are left out of a log that is gone are told, and commit nothing either") {
    Scene scene(R"(,"slow":"drop")");
    for (std::int64_t offset = 95; offset < 99; ++offset) scene.record(offset);
    REQUIRE(scene.client.unwritten().size() == 1);
    scene.make_anew(99);
    CHECK(scene.client.values(3) == Texts{"95", "96", "97-99"});
    CHECK(scene.script.committed.empty());
    CHECK(scene.client.values(1) == Texts{"99-0"});
    CHECK(scene.script.committed == Positions{{"a", 0, 0}});
}

TEST_CASE("what is not acknowledged of a log that is gone holds up nothing in the one after it") {
    Scene scene(R"(,"ack":"client")");
    scene.record(95);
    CHECK(scene.client.values(1) == Texts{"95"});
    scene.make_anew(96);
    CHECK(scene.client.values(1) == Texts{"96-0"});
    CHECK(has(scene.acknowledge(95), R"("s":1,"p":{"code":"offset_out_of_range")"));
    scene.record(0);
    CHECK(scene.client.values(1) == Texts{"0"});
    CHECK(scene.script.committed.back() == Position{"a", 0, 0});
    CHECK(has(scene.acknowledge(0), R"("s":0)"));
    CHECK(scene.script.committed.back() == Position{"a", 0, 1});
}

TEST_CASE("what is held back of a log that is gone is not to be acknowledged") {
    Scene scene(R"(,"ack":"client","slow":"conflate")");
    for (std::int64_t offset = 95; offset < 98; ++offset) scene.record(offset);
    scene.make_anew(98);
    scene.record(0);
    CHECK(scene.client.values(5) == Texts{"95", "96", "97", "98-0", "0"});
    CHECK(has(scene.acknowledge(97), R"("code":"offset_out_of_range")"));
    CHECK(has(scene.acknowledge(0), R"("s":0)"));
    CHECK(scene.script.committed.back() == Position{"a", 0, 1});
}

}  // namespace
