#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "measure/amqp.hpp"
#include "raw/runs.hpp"

int main(int argc, char** argv) {
    bench::RawShape shape;
    std::size_t milliseconds = 3000;
    std::vector<std::string> properties;

    CLI::App app("Does with librdkafka or rabbitmq-c alone what the server does, and measures it.");
    app.add_option("--brokers", shape.brokers, "a Kafka, or amqp://USER:PASSWORD@HOST:PORT/")
        ->required();
    app.add_option("--size", shape.value_size, "bytes of a value")->capture_default_str();
    app.add_option("--ms", milliseconds, "how long")->capture_default_str();
    app.add_option("--window", shape.window, "acked: records without a report")
        ->capture_default_str();
    app.add_option("--consumers", shape.consumers, "consume: how many")->capture_default_str();
    app.add_option("--rate", shape.rate, "latency: records a second")->capture_default_str();
    app.add_option("--records", shape.records, "fill: how many")->capture_default_str();
    app.add_option("--topic", shape.topic, "fill and consume: which");
    app.fallthrough();
    app.add_option("--set", properties, "librdkafka's own, NAME=VALUE")->take_all();
    auto* produce = app.add_subcommand("produce", "send at full speed");
    auto* acked = app.add_subcommand("acked", "send with a window");
    auto* consume = app.add_subcommand("consume", "read a topic that has been filled");
    auto* latency = app.add_subcommand("latency", "send at an even rate and receive");
    auto* fill = app.add_subcommand("fill", "make a topic for consumers to read");
    app.require_subcommand(1);
    CLI11_PARSE(app, argc, argv);

    try {
        shape.duration = std::chrono::milliseconds(milliseconds);
        for (const auto& property : properties) {
            const auto equals = property.find('=');
            shape.properties[property.substr(0, equals)] = property.substr(equals + 1);
        }
        std::string result;
        const bool amqp = bench::is_amqp(shape.brokers);
        if (produce->parsed()) result = amqp ? run_amqp_produce(shape) : run_produce(shape);
        if (acked->parsed()) result = amqp ? run_amqp_acked(shape) : run_acked(shape);
        if (consume->parsed()) result = amqp ? run_amqp_consume(shape) : run_consume(shape);
        if (latency->parsed()) result = run_latency(shape);
        if (fill->parsed()) result = amqp ? run_amqp_fill(shape) : run_fill(shape);
        fmt::print("{}\n", result);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
