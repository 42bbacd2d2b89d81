#include "broker/stage.hpp"

#include <atomic>
#include <random>
#include <thread>

#include <doctest/doctest.h>

namespace gateway::contract {

Stage::Stage(const Setup& setup)
    : own_io_(std::make_unique<asio::io_context>()),
      own_(make_broker(setup)),
      io_(*own_io_),
      broker_(*own_) {
    broker_.start();
}

Stage::~Stage() {
    if (own_ && !stopped_) stop();
}

void Stage::stop() {
    stopped_ = true;
    auto guard = asio::make_work_guard(io_);
    io_.restart();
    // The broker's stop() blocks, and may do so until the executors have run what it posts.
    std::thread runner([this] { io_.run(); });
    broker_.stop(patience());
    guard.reset();
    runner.join();
}

std::string Stage::fresh(std::string_view what) {
    static const std::string run = std::to_string(std::random_device()());
    static std::atomic<int> count = 0;
    return std::string(what) + "-" + run + "-" + std::to_string(++count);
}

std::string Stage::topic(std::int32_t partitions, std::map<std::string, std::string> config) {
    const std::string name = fresh("topic");
    const auto errors = create({{.topic = name,
                                 .partitions = partitions,
                                 .replication = std::nullopt,
                                 .config = std::move(config)}});
    REQUIRE(errors.size() == 1);
    REQUIRE_FALSE(errors[0].has_value());
    return name;
}

std::vector<std::optional<Error>> Stage::create(std::vector<TopicSpec> topics) {
    std::optional<std::vector<std::optional<Error>>> answer;
    bool inside = true;
    broker_.create_topics(io_.get_executor(), std::move(topics), patience(),
                          [&](std::vector<std::optional<Error>> errors) {
                              CHECK_FALSE(inside);
                              CHECK(io_.get_executor().running_in_this_thread());
                              answer = std::move(errors);
                          });
    inside = false;
    REQUIRE(run_until([&] { return answer.has_value(); }));
    return *answer;
}

std::vector<TopicPartition> Stage::list() {
    std::optional<Result<std::vector<TopicPartition>>> answer;
    bool inside = true;
    broker_.list_topics(io_.get_executor(), patience(),
                        [&](Result<std::vector<TopicPartition>> listed) {
                            CHECK_FALSE(inside);
                            CHECK(io_.get_executor().running_in_this_thread());
                            answer = std::move(listed);
                        });
    inside = false;
    REQUIRE(run_until([&] { return answer.has_value(); }));
    REQUIRE(answer->has_value());
    return answer->value();
}

Result<std::vector<Located>> Stage::locate(std::vector<std::string> topics, Start start) {
    std::optional<Result<std::vector<Located>>> answer;
    bool inside = true;
    broker_.locate(io_.get_executor(), std::move(topics), std::move(start), patience(),
                   [&](Result<std::vector<Located>> located) {
                       CHECK_FALSE(inside);
                       CHECK(io_.get_executor().running_in_this_thread());
                       answer = std::move(located);
                   });
    inside = false;
    REQUIRE(run_until([&] { return answer.has_value(); }));
    return *answer;
}

}  // namespace gateway::contract
