#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "load/runs.hpp"

int main(int argc, char** argv) {
    bench::Target target;
    bench::Shape shape;
    std::string url;
    std::size_t milliseconds = 3000;

    CLI::App app("Puts one WebSocket server on this machine under load and measures it.");
    app.add_option("--url", url, "ws://127.0.0.1:PORT/ of the server")->required();
    app.add_option("--pid", target.server, "its process")->required();
    app.add_option("--brokers", target.brokers,
                   "the Kafka behind it, or amqp://USER:PASSWORD@HOST:PORT/")
        ->required();
    app.add_option("--connections", shape.connections, "how many")->capture_default_str();
    app.add_option("--per-frame", shape.per_frame, "messages in a frame")->capture_default_str();
    app.add_option("--size", shape.value_size, "bytes of a value")->capture_default_str();
    app.add_option("--ms", milliseconds, "how long")->capture_default_str();
    app.add_option("--window", shape.window, "acked: unanswered messages of one connection")
        ->capture_default_str();
    app.add_option("--rate", shape.rate, "latency: messages a second")->capture_default_str();
    app.add_option("--topic", shape.topic, "egress: a topic that has been filled");
    app.fallthrough();
    auto* ingest = app.add_subcommand("ingest", "send without acknowledgements");
    auto* acked = app.add_subcommand("acked", "send with acknowledgements");
    auto* egress = app.add_subcommand("egress", "receive what a topic holds");
    auto* latency = app.add_subcommand("latency", "send at an even rate and receive");
    auto* idle = app.add_subcommand("idle", "open connections and do nothing");
    app.require_subcommand(1);
    CLI11_PARSE(app, argc, argv);

    try {
        target.address = bench::parse_address(url);
        shape.duration = std::chrono::milliseconds(milliseconds);
        std::string result;
        if (ingest->parsed()) result = run_ingest(target, shape);
        if (acked->parsed()) result = run_acked(target, shape);
        if (egress->parsed()) result = run_egress(target, shape);
        if (latency->parsed()) result = run_latency(target, shape);
        if (idle->parsed()) result = run_idle(target, shape);
        fmt::print("{}\n", result);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
