#include "kafka/caller.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <doctest/doctest.h>

#include "base/result.hpp"

using namespace gateway;
using namespace std::chrono_literals;
using Caller = kafka::Caller<Result<int>>;
using Clock = std::chrono::steady_clock;

namespace {

/// What a caller was told: a value, or -1 for an error.
struct Told {
    std::vector<int> answers;

    std::shared_ptr<Caller> caller(asio::io_context& io, Clock::time_point deadline) {
        return std::make_shared<Caller>(
            io.get_executor(), deadline,
            [this](const Result<int>& answer) { answers.push_back(answer ? *answer : -1); });
    }
};

TEST_CASE("a caller gets the first answer alone") {
    asio::io_context io(1);
    Told told;
    const auto caller = told.caller(io, Clock::now() + 1h);
    caller->wait(Errc::request_timeout);
    caller->answer(1);
    caller->answer(2);
    CHECK(told.answers.empty());
    io.run();
    CHECK(told.answers == std::vector{1});
}

TEST_CASE("a caller that gets no answer is told so at its deadline") {
    asio::io_context io(1);
    Told told;
    const auto caller = told.caller(io, Clock::now());
    caller->wait(Errc::request_timeout);
    io.run();
    caller->answer(1);
    io.restart();
    io.run();
    CHECK(told.answers == std::vector{-1});
}

TEST_CASE("an answer that overtakes the waiting leaves nothing behind") {
    asio::io_context io(1);
    Told told;
    asio::post(io, [&] {
        // What another thread posts comes before what this one posts within a handler.
        const auto caller = told.caller(io, Clock::now() + 1h);
        caller->wait(Errc::request_timeout);
        std::thread([&] { caller->answer(1); }).join();
    });
    io.run_for(10s);
    CHECK(told.answers == std::vector{1});
    CHECK(io.stopped());
}

}  // namespace
