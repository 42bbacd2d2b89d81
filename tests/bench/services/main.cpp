#include <exception>
#include <map>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "services/runs.hpp"

int main(int argc, char** argv) {
    bench::Jobs jobs;
    std::string url;
    std::size_t milliseconds = 2000;

    const std::map<std::string, bench::Turn> turns{{"apart", bench::Turn::apart},
                                                   {"ahead", bench::Turn::ahead},
                                                   {"together", bench::Turn::together},
                                                   {"next", bench::Turn::next}};

    CLI::App app("Calls a service on this machine, serves it, and measures who is between.");
    app.add_option("--url", url, "ws://127.0.0.1:PORT/ of the server; http: its HTTP port")
        ->required();
    app.add_option("--pid", jobs.server, "its process")->required();
    app.add_option("--callers", jobs.callers, "each waits for its answer")->capture_default_str();
    app.add_option("--workers", jobs.workers, "how many")->capture_default_str();
    app.add_option("--take", jobs.take, "jobs that a worker of ours has at once")
        ->capture_default_str();
    app.add_option("--turn", jobs.turn, "http: how a worker goes on when it has jobs")
        ->transform(CLI::CheckedTransformer(turns));
    app.add_option("--size", jobs.value_size, "bytes of a value")->capture_default_str();
    app.add_option("--ms", milliseconds, "how long")->capture_default_str();
    app.fallthrough();
    auto* echo = app.add_subcommand("echo", "the server answers by itself");
    auto* http = app.add_subcommand("http", "jobs over HTTP");
    auto* websocket = app.add_subcommand("websocket", "jobs over WebSockets");
    auto* nats = app.add_subcommand("nats", "requests of NATS over WebSockets");
    app.require_subcommand(1);
    CLI11_PARSE(app, argc, argv);

    try {
        if (jobs.turn == bench::Turn::next && jobs.take > 1) {
            throw std::runtime_error("an answer brings the next job: --take 1");
        }
        jobs.address = bench::parse_address(url);
        jobs.duration = std::chrono::milliseconds(milliseconds);
        std::string result;
        if (echo->parsed()) result = run_echo(jobs);
        if (http->parsed()) result = run_http(jobs);
        if (websocket->parsed()) result = run_websocket(jobs);
        if (nats->parsed()) result = run_nats(jobs);
        fmt::print("{}\n", result);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
