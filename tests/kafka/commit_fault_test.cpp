#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/sender.hpp"
#include "kafka/handle.hpp"
#include "kafka/mock_cluster.hpp"
#include "kafka/play.hpp"

namespace {

using gateway::contract::Member;
using gateway::contract::Sender;
using gateway::test::MockCluster;
using gateway::test::options_for;
using gateway::test::Play;

/// What a group has committed for a partition, by a client that is no member.
class Commits {
public:
    Commits(const MockCluster& cluster, const std::string& group) {
        auto* conf = rd_kafka_conf_new();
        const std::array<std::pair<const char*, std::string>, 2> settings{
            {{"bootstrap.servers", cluster.servers()}, {"group.id", group}}};
        for (const auto& [name, value] : settings) {
            REQUIRE(rd_kafka_conf_set(conf, name, value.c_str(), nullptr, 0) == RD_KAFKA_CONF_OK);
        }
        handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0));
        REQUIRE(handle_);
    }

    void set(const std::string& topic, std::int64_t offset) const {
        const auto list = list_of(topic, offset);
        REQUIRE(rd_kafka_commit(handle_.get(), list.get(), 0) == RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    [[nodiscard]] std::int64_t get(const std::string& topic) const {
        const auto list = list_of(topic, 0);
        REQUIRE(rd_kafka_committed(handle_.get(), list.get(), 30'000) ==
                RD_KAFKA_RESP_ERR_NO_ERROR);
        return list->elems[0].offset;
    }

private:
    [[nodiscard]] static gateway::kafka::Partitions list_of(const std::string& topic,
                                                            std::int64_t offset) {
        gateway::kafka::Partitions list(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = offset;
        return list;
    }

    gateway::kafka::Handle handle_;
};

TEST_CASE("what is written of a log that is gone is not committed in the one that has its name") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 5);
    const Commits commits(cluster, "group");
    // As far as the former log went.
    commits.set("topic", 10);

    Member member(play.stage(), {"topic"}, "group");
    member.allow(0);
    member.join();
    REQUIRE(play.stage().run_until([&] { return member.losses().size() == 1; }));
    CHECK(member.losses()[0].wanted == 10);
    CHECK(member.losses()[0].next == 0);
    std::int64_t committed = 0;
    SUBCASE("before the client has anything of it") {}
    SUBCASE("once it has some of it") {
        member.allow(2);
        member.resume();
        REQUIRE(play.stage().run_until([&] { return member.taken().size() == 2; }));
        member.commit({{"topic", 0, 2}});
        committed = 2;
    }
    member.commit({{"topic", 0, 10}});
    member.close();
    CHECK(commits.get("topic") == committed);
}

}  // namespace
