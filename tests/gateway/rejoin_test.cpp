#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <asio/post.hpp>
#include <doctest/doctest.h>

#include "gateway/client.hpp"
#include "gateway/stage.hpp"

using namespace gateway;
using namespace std::chrono_literals;
using gateway::testing::Client;
using gateway::testing::has;
using gateway::testing::Stage;
using Texts = std::vector<std::string>;

namespace {

/// A broker of groups that forgets what they commit, and has given every member the partition 0 of
/// each of its topics, from offset 5 on.
class ForgetfulBroker final : public Broker {
public:
    explicit ForgetfulBroker(std::vector<Consumer::Options>& opened) : opened_(opened) {}

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::string_view kind() const override { return "forgetful"; }
    void start() override {}
    void stop(Timeout) override {}
    [[nodiscard]] std::unique_ptr<Producer> open_producer(Executor, Producer::Events&) override {
        std::abort();
    }
    [[nodiscard]] Result<std::unique_ptr<Consumer>> open_consumer(
        Executor executor, Consumer::Options options, Consumer::Events& events) override {
        opened_.push_back(options);
        return std::unique_ptr<Consumer>(
            std::make_unique<Member>(executor, options.topics, events));
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
    /// Has one record of its first topic.
    class Member final : public Consumer {
    public:
        Member(const Executor& executor, const std::vector<std::string>& topics, Events& events)
            : executor_(executor), is_open_(std::make_shared<bool>(true)) {
            asio::post(executor, [topics, &events, is_open = is_open_] {
                if (!*is_open) return;
                std::vector<Position> starts;
                for (const std::string& topic : topics) starts.push_back({topic, 0, 5});
                events.live(starts);
                const Record record{.topic = topics.front(),
                                    .partition = 0,
                                    .offset = 5,
                                    .timestamp = 1,
                                    .key = std::nullopt,
                                    .value = "5",
                                    .headers = {}};
                CHECK(events.records({&record, 1}) == 1);
            });
        }
        ~Member() override { *is_open_ = false; }
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

        void resume() override {}
        void commit(std::span<const Position>) override {}
        void close(std::function<void()> done) override {
            *is_open_ = false;
            if (done) asio::post(executor_, std::move(done));
        }

    private:
        Executor executor_;
        std::shared_ptr<bool> is_open_;
    };

    std::string name_ = "forgetful";
    std::vector<Consumer::Options>& opened_;
};

Brokers only(std::unique_ptr<Broker> broker) {
    std::vector<std::unique_ptr<Broker>> brokers;
    brokers.push_back(std::move(broker));
    return Brokers(std::move(brokers));
}

std::string subscribe(std::string_view options) {
    return R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"])" + std::string(options) +
           "}}";
}

constexpr auto give_up_b = R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})";

TEST_CASE("a group's subscription that goes on without a topic begins where it stood") {
    std::vector<Consumer::Options> opened;
    Stage stage(Stage::at_once(), only(std::make_unique<ForgetfulBroker>(opened)));
    Client client(stage);
    client.send(subscribe(""));
    CHECK(has(client.next(), R"("a":"subscribe")"));
    CHECK(client.values(1) == Texts{"5"});
    REQUIRE(opened.size() == 1);
    CHECK(std::holds_alternative<FromLatest>(opened[0].start));

    client.send(give_up_b);
    CHECK(has(client.next(), R"("a":"unsubscribe","s":0)"));
    REQUIRE(opened.size() == 2);
    CHECK(opened[1].topics == Texts{"a"});
    REQUIRE(std::holds_alternative<Cursor>(opened[1].start));
    CHECK(std::get<Cursor>(opened[1].start) == Cursor{{"a", 0, 6}});
    client.values(1);
}

TEST_CASE("what a pulled subscription has not sent when it goes on costs no credit") {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 1;
    options.consumer.max_credit = 10;
    Stage stage(options);
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"flow":"pull","from":"earliest")"));
    client.ask(R"({"id":4,"t":"notif","a":"pull","p":{"n":10}})");
    other.publish("a", {"0"});
    stage.until([&] { return client.unwritten().size() == 1; });
    // What the client has no room for is handed over, too.
    for (const char* value : {"1", "2"}) {
        const auto handed_over = stage.counters.notification_ids + 1;
        other.publish("a", {value});
        stage.until([&] { return stage.counters.notification_ids == handed_over; });
    }
    client.send(give_up_b);
    while (!has(other.ask(R"({"id":5,"t":"health"})"), R"("topics":["a"])")) stage.run_for(20ms);
    CHECK(client.values(1) == Texts{"0"});
    CHECK(has(client.next(), R"("a":"unsubscribe","s":0)"));
    Texts all;
    for (int i = 3; i < 20; ++i) all.push_back(std::to_string(i));
    other.publish("a", all);
    CHECK(client.values(9) == Texts{"0", "1", "2", "3", "4", "5", "6", "7", "8"});
    // There is none left: all that may be is granted.
    CHECK(has(client.ask(R"({"id":6,"t":"notif","a":"pull","p":{"n":10}})"), R"("s":0)"));
}

}  // namespace
