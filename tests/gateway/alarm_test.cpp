#include "gateway/alarm.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <doctest/doctest.h>

using gateway::Alarm;
using namespace std::chrono_literals;

namespace {

TEST_CASE("an alarm calls once, and is then no longer set") {
    asio::io_context io;
    const asio::any_io_executor executor = io.get_executor();
    int calls = 0;
    Alarm alarm(executor);
    alarm.set(0ms, [&] { ++calls; });
    CHECK(alarm.is_set());
    io.run();
    CHECK(calls == 1);
    CHECK_FALSE(alarm.is_set());
}

TEST_CASE("an alarm that is cancelled, set anew or destroyed does not call, though it was due") {
    asio::io_context io;
    const asio::any_io_executor executor = io.get_executor();
    int calls = 0;
    Alarm cancelled(executor);
    Alarm replaced(executor);
    auto destroyed = std::make_unique<Alarm>(executor);
    // All three have expired and are queued when the first handler runs.
    asio::post(io, [&] {
        cancelled.cancel();
        replaced.set(0ms, [&] { calls += 100; });
        destroyed.reset();
    });
    cancelled.set(0ms, [&] { ++calls; });
    replaced.set(0ms, [&] { ++calls; });
    destroyed->set(0ms, [&] { ++calls; });
    io.run();
    CHECK(calls == 100);
}

TEST_CASE("an alarm may be set again from its own call") {
    asio::io_context io;
    const asio::any_io_executor executor = io.get_executor();
    int calls = 0;
    Alarm alarm(executor);
    alarm.set(0ms, [&] {
        ++calls;
        alarm.set(0ms, [&] { ++calls; });
    });
    io.run();
    CHECK(calls == 2);
}

}  // namespace
