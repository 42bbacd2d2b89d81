#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cluster/stage.hpp"

namespace gateway::cluster {
namespace {

struct Heard final : EventPost::Listener {
    void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t) override {
        frames += static_cast<const RecordedFrame&>(*frame).text();
    }
    void heard() override {}
    std::string frames;
};

TEST_CASE("an event is heard on every node, once and in order") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Heard at_a;
    Heard at_b;
    const ListenerId on_a = a.post.add(at_a);
    const ListenerId on_b = b.post.add(at_b);
    REQUIRE_FALSE(a.post.listen(on_a, {.pattern = "heat.*"}));
    REQUIRE_FALSE(b.post.listen(on_b, {.service = "house", .pattern = "heat.*"}));
    Worker worker(a, "met");
    stage.until_workers(b, "met", 1);
    for (int i = 0; i < 30; ++i) {
        REQUIRE_FALSE(a.post.emit("house", "heat." + std::to_string(i % 3), std::to_string(i)));
        REQUIRE_FALSE(a.post.emit("", "heat.other", "1"));
    }
    REQUIRE_FALSE(a.post.emit("house", "heat.last", "\"end\""));
    stage.until([&] { return at_b.frames.find("\"end\"") != std::string::npos; });
    std::size_t at = 0;
    for (int i = 0; i < 30; ++i) {
        at = at_b.frames.find("\"data\":" + std::to_string(i) + "}", at);
        REQUIRE(at != std::string::npos);
    }
    CHECK(at_b.frames.find("heat.other") == std::string::npos);
    REQUIRE_FALSE(b.post.emit("house", "heat.back", "2"));
    stage.until([&] { return at_a.frames.find("heat.back") != std::string::npos; });
    CHECK(at_a.frames.find("heat.last") == at_a.frames.rfind("heat.last"));

    // More than a record holds, in one go; and one that none holds.
    const std::string large = '"' + std::string(40'000, 'x') + '"';
    for (int i = 0; i < 7; ++i) REQUIRE_FALSE(a.post.emit("house", "heat.large", large));
    const auto refusal = a.post.emit("house", "heat.large", large + large + large);
    REQUIRE(refusal);
    CHECK(refusal->code == Errc::record_too_large);
    REQUIRE_FALSE(a.post.emit("house", "heat.after", "1"));
    stage.until([&] { return at_b.frames.find("heat.after") != std::string::npos; });
    std::size_t count = 0;
    for (at = 0; (at = at_b.frames.find(large, at)) != std::string::npos; ++at) ++count;
    CHECK(count == 7);
    a.post.remove(on_a);
    b.post.remove(on_b);
}

}  // namespace
}  // namespace gateway::cluster
