#include <malloc.h>

#include <doctest/doctest.h>

#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

/// Memory in use; nothing where a sanitizer replaces malloc.
double allocated() { return static_cast<double>(mallinfo2().uordblks); }

TEST_CASE("one more subscriber of a topic costs some hundred bytes") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto first = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();

    constexpr std::size_t count = 1000;
    std::vector<std::unique_ptr<Listener>> listeners;
    listeners.reserve(count);
    const double before = allocated();
    while (listeners.size() < count) {
        listeners.push_back(stage.listen({.topics = {"t"}, .view = View{}}));
    }
    stage.run();
    CHECK(listeners.back()->is_live());
    const double each = (allocated() - before) / count;
    CHECK(each - sizeof(Listener) - sizeof(Position) < 600);
}

}  // namespace

}  // namespace gateway::fanout
