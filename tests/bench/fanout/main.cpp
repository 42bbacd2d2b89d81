#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "fanout/runs.hpp"

int main(int argc, char** argv) {
    bench::Stage stage;
    bench::Audience audience;
    std::string url;
    std::size_t milliseconds = 3000;

    CLI::App app("Puts one server on this machine before many subscribers and measures it.");
    app.add_option("--url", url, "ws://127.0.0.1:PORT/ of the server")->required();
    app.add_option("--pid", stage.server, "its process")->required();
    app.add_option("--brokers", stage.brokers, "the Kafka behind it, if there is one");
    app.add_option("--dialect", stage.dialect, "kafka-ws, nats or plain")->capture_default_str();
    app.add_option("--subscribers", audience.subscribers, "how many")->capture_default_str();
    app.add_option("--size", audience.value_size, "bytes of a value")->capture_default_str();
    app.add_option("--ms", milliseconds, "how long")->capture_default_str();
    app.add_option("--per-frame", audience.per_frame,
                   "speed: records in a frame that publishes; 0: by the number of subscribers");
    app.add_option("--under-way", audience.under_way,
                   "speed: deliveries outstanding at most, all subscribers together")
        ->capture_default_str();
    app.add_option("--rate", audience.rate, "latency: records a second")->capture_default_str();
    app.add_option("--records", audience.records, "catch-up: how many")->capture_default_str();
    app.add_option("--group", audience.group, "speed: of the subscribers, instead of broadcast");
    app.fallthrough();
    auto* speed = app.add_subcommand("speed", "as many deliveries as the server makes");
    auto* filters = app.add_subcommand("filters", "the same, each subscriber with its own filter");
    auto* latency = app.add_subcommand("latency", "send at an even rate");
    auto* catch_up = app.add_subcommand("catch-up", "read a filled topic from its beginning");
    auto* memory = app.add_subcommand("memory", "of connections, idle and subscribed");
    app.require_subcommand(1);
    CLI11_PARSE(app, argc, argv);

    try {
        stage.address = bench::parse_address(url);
        audience.duration = std::chrono::milliseconds(milliseconds);
        std::string result;
        if (speed->parsed()) result = run_speed(stage, audience);
        if (filters->parsed()) result = run_filters(stage, audience);
        if (latency->parsed()) result = run_latency(stage, audience);
        if (catch_up->parsed()) result = run_catch_up(stage, audience);
        if (memory->parsed()) result = run_memory(stage, audience);
        fmt::print("{}\n", result);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
