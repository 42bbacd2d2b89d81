#include <deque>
#include <string>

#include <doctest/doctest.h>

#include "amqp/field.hpp"
#include "amqp/node.hpp"
#include "broker/member.hpp"
#include "broker/sender.hpp"

/// A broker that allows few channels on a connection.
namespace gateway::amqp {

namespace {

using contract::Member;
using contract::Sender;
using contract::Stage;
using testing::Field;
using testing::Node;

constexpr int channels = 3;

/// Connections that begin while it lives have `channels` channels.
class FewChannels {
public:
    FewChannels() { set(channels); }
    ~FewChannels() { set(2047); }

private:
    static void set(int most) {
        Node().control("eval 'application:set_env(rabbit, channel_max, " + std::to_string(most) +
                       ").'");
    }
};

TEST_CASE("consumers beyond the channels of a connection get another one") {
    const FewChannels few;
    Field field(Node().options());
    REQUIRE(field.until_up(true));
    auto& stage = field.stage();
    const auto topic = stage.topic();
    std::deque<Member> members;
    for (int i = 0; i < 3 * channels + 1; ++i) {
        members.emplace_back(stage, std::vector{topic}, Stage::fresh("group")).join();
    }
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    for (Member& member : members) {
        member.wait_for(10);
    }

    // Their channels serve others.
    for (int i = 0; i < 2 * channels; ++i) members[static_cast<std::size_t>(i)].close();
    for (int i = 0; i < 2 * channels; ++i) {
        members.emplace_back(stage, std::vector{topic}, Stage::fresh("group")).join();
    }
}

TEST_CASE("a consumer of more topics than a connection has channels is refused, and alone") {
    const FewChannels few;
    Field field(Node().options());
    REQUIRE(field.until_up(true));
    auto& stage = field.stage();
    std::vector<std::string> topics;
    for (int i = 0; i <= channels; ++i) topics.push_back(stage.topic());
    Member fits(stage, {topics.begin(), topics.end() - 1}, Stage::fresh("group"));
    fits.join();
    for (int i = 0; i < 2; ++i) {
        Member too_many(stage, topics, Stage::fresh("group"));
        REQUIRE(stage.run_until([&] { return too_many.failure().has_value(); }));
        CHECK(too_many.failure()->code == Errc::limit_reached);
    }
    Sender sender(stage);
    sender.count(topics[0], 0, 0, 1);
    fits.wait_for(1);
}

}  // namespace

}  // namespace gateway::amqp
