#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <asio/post.hpp>

#include "broker/broker.hpp"

namespace gateway::kasocki {

/// Topics without records. The first record of a time is the one whose offset is that number.
class FakeBroker final : public Broker {
public:
    struct Ends {
        std::int64_t earliest = 0;
        std::int64_t latest = 0;
    };

    std::map<std::string, std::vector<Ends>> topics;
    std::optional<Error> error;  ///< What every question is answered.
    int listings = 0;
    int locations = 0;

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::string_view kind() const override { return "fake"; }
    void start() override {}
    void stop(Timeout) override {}
    [[nodiscard]] std::unique_ptr<Producer> open_producer(Executor, Producer::Events&) override {
        std::abort();
    }
    [[nodiscard]] Result<std::unique_ptr<Consumer>> open_consumer(Executor, Consumer::Options,
                                                                  Consumer::Events&) override {
        std::abort();
    }
    [[nodiscard]] Result<std::unique_ptr<PartitionReader>> open_reader(
        Executor, PartitionReader::Events&) override {
        std::abort();
    }
    void create_topics(Executor, std::vector<TopicSpec>, Timeout, OnCreated) override {
        std::abort();
    }
    [[nodiscard]] BrokerStatus status() const override { return {}; }

    void list_topics(Executor executor, Timeout, OnListed done) override {
        ++listings;
        std::vector<TopicPartition> all;
        for (const auto& [topic, partitions] : topics) {
            for (std::size_t i = 0; i < partitions.size(); ++i) {
                all.push_back({topic, static_cast<std::int32_t>(i)});
            }
        }
        asio::post(executor, [all = std::move(all), error = error, done = std::move(done)] {
            error ? done(*error) : done(all);
        });
    }

    void locate(Executor executor, std::vector<std::string> names, Start start, Timeout,
                OnLocated done) override {
        ++locations;
        std::vector<Located> all;
        for (const std::string& topic : names) {
            std::int32_t partition = 0;
            for (const Ends& ends : topics.at(topic)) {
                const auto* time = std::get_if<FromTime>(&start);
                all.push_back(
                    {topic, partition++, ends.earliest, ends.latest,
                     time ? std::clamp(time->at, ends.earliest, ends.latest) : ends.latest});
            }
        }
        asio::post(executor, [all = std::move(all), error = error, done = std::move(done)] {
            error ? done(*error) : done(all);
        });
    }

private:
    std::string name_ = "fake";
};

}  // namespace gateway::kasocki
