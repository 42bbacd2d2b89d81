#include "broker/expiry.hpp"

#include <chrono>

#include <doctest/doctest.h>

namespace gateway::contract {

std::string forgetful_topic(Stage& stage) {
    return stage.topic(1, {{"cleanup.policy", "delete"}, {"retention.ms", "60000"}});
}

void send_and_forget(Stage& stage, Sender& sender, const std::string& topic, int records) {
    const auto an_hour_ago = std::chrono::system_clock::now() - std::chrono::hours(1);
    const OutgoingRecord record{.topic = topic,
                                .key = std::nullopt,
                                .value = "old",
                                .headers = {},
                                .partition = 0,
                                .timestamp = std::chrono::duration_cast<std::chrono::milliseconds>(
                                                 an_hour_ago.time_since_epoch())
                                                 .count()};
    const auto fates =
        sender.deliver(std::vector<OutgoingRecord>(static_cast<std::size_t>(records), record));
    REQUIRE_FALSE(fates.back().error.has_value());
    REQUIRE(stage.run_until([&] {
        const auto located = stage.locate({topic}, FromEarliest{});
        REQUIRE(located.has_value());
        return located->at(0).earliest > fates.back().offset;
    }));
}

}  // namespace gateway::contract
