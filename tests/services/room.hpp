#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/client.hpp"
#include "gateway/stage.hpp"
#include "services/desk.hpp"
#include "services/event_bus.hpp"
#include "services/switchboard.hpp"

namespace gateway::services {

/// A shard with services, for clients that speak the protocol. Time stands still until it is told
/// otherwise.
struct Room {
    explicit Room(Options of = {}, SessionOptions session = testing::Stage::at_once())
        : options(of), stage(std::move(session)) {
        stage.shard.services = &desks;
    }

    ~Room() {
        if (stage.session) stage.close();
        run();
        switchboard.stop();
        run();
    }

    void run() {
        stage.io.restart();
        stage.io.poll();
    }

    /// The same time, a while later.
    void pass(std::chrono::milliseconds time) {
        now += time;
        switchboard.overview({stage.io.get_executor(), [](const Overview&) {}});
        switchboard.services({stage.io.get_executor(), [](const std::vector<ServiceView>&) {}});
        run();
    }

    static std::shared_ptr<const SharedFrame> make(std::string text) {
        return std::make_shared<RecordedFrame>(std::move(text));
    }

    Options options;
    testing::Stage stage;
    Time now{};
    Node node{.id = "n", .process = "n.p"};
    Switchboard switchboard{stage.io.get_executor(), options, [this] { return now; }};
    EventBus bus{options.desks, make, 1000, stage.counters};
    EventPost events{bus, stage.io.get_executor()};
    Desks desks{{.executor = stage.io.get_executor(),
                 .options = options.desks,
                 .switchboard = switchboard,
                 .events = events,
                 .counters = stage.counters,
                 .node = node}};
};

/// The string that follows `key` in a frame.
[[nodiscard]] inline std::string after(std::string_view frame, std::string_view key) {
    const std::size_t at = frame.find(key);
    REQUIRE(at != frame.npos);
    const std::size_t begin = frame.find('"', at + key.size()) + 1;
    return std::string(frame.substr(begin, frame.find('"', begin) - begin));
}

[[nodiscard]] inline std::string job_of(std::string_view request) {
    return after(request, R"("id":)");
}

[[nodiscard]] inline std::string reply_to(std::string_view request, std::string_view data) {
    return R"({"refid":")" + job_of(request) + R"(","t":"command","a":"reply","p":)" +
           std::string(data) + "}";
}

}  // namespace gateway::services
