#include "gateway/health.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "gateway/services.hpp"
#include "gateway/sessions.hpp"
#include "gateway/shard.hpp"
#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway {

namespace {

/// One shard's part of the report.
struct Part {
    std::size_t connections = 0;
    std::size_t lingering = 0;
    std::vector<Sessions::Subscribed> subscriptions;
};

/// The parts that have come. Touched on the asker's executor alone.
struct Gathering {
    std::vector<Part> parts;
    std::string services;
    std::size_t missing = 0;
};

void append_consumers(std::string& out, std::vector<Part>& parts) {
    std::vector<Sessions::Subscribed> all;
    for (Part& part : parts) {
        std::move(part.subscriptions.begin(), part.subscriptions.end(), std::back_inserter(all));
    }
    std::ranges::sort(all, {}, &Sessions::Subscribed::connection);
    out += R"({"consumers":[)";
    for (const auto& [connection, topics] : all) {
        fmt::format_to(std::back_inserter(out), R"({}{{"ws":{},"topics":)",
                       out.back() == '[' ? "" : ",", connection);
        append_strings(out, topics);
        out += '}';
    }
    out += ']';
}

void append_deliveries(std::string& out, const Counters::Deliveries& counts) {
    fmt::format_to(std::back_inserter(out),
                   R"("deliveries":{{"delivered":{},"forwarded":{},"unknown":{},"dropped":{},)"
                   R"("bad":{},"failed":{}}},)",
                   counts.delivered.load(), counts.forwarded.load(), counts.unknown.load(),
                   counts.dropped.load(), counts.bad.load(), counts.failed.load());
}

void append_broker(std::string& out, const Broker& broker) {
    const BrokerStatus status = broker.status();
    out += R"({"name":)";
    append_string(out, broker.name());
    fmt::format_to(std::back_inserter(out), R"(,"kind":"{}","up":{})", broker.kind(), status.up);
    if (!status.up) {
        out += R"(,"reason":)";
        append_string(out, status.reason);
    }
    fmt::format_to(std::back_inserter(out),
                   R"(,"producers":{},"consumers":{},"readers":{},"orphans":{}}})",
                   status.producers, status.consumers, status.readers, status.orphans);
}

}  // namespace

Health::Health(Options options, const Brokers& brokers)
    : options_(std::move(options)), brokers_(brokers) {}

void Health::add(Shard& shard) { shards_.push_back(&shard); }

void Health::report(asio::any_io_executor executor, std::function<void(std::string)> done) const {
    auto gathering = std::make_shared<Gathering>();
    gathering->missing = shards_.size();
    auto finish = [this, gathering, done = std::move(done)] {
        std::size_t connections = 0;
        std::size_t lingering = 0;
        for (const Part& part : gathering->parts) {
            connections += part.connections;
            lingering += part.lingering;
        }
        std::string out;
        append_consumers(out, gathering->parts);
        out += R"(,"brokers":[)";
        for (const auto& broker : brokers_.all()) {
            if (out.back() == '}') out += ',';
            append_broker(out, *broker);
        }
        out += "],";
        const Shard& first = *shards_.front();
        if (first.nodes) append_deliveries(out, first.counters.deliveries);
        if (first.services) out += R"("services":)" + gathering->services + ',';
        fmt::format_to(
            std::back_inserter(out),
            R"("shards":{},"connections":{},"lingering":{},"not_json":{},"version":"{}","uptime":{}}})",
            gathering->parts.size(), connections, lingering,
            first.counters.not_json.load(std::memory_order_relaxed), options_.version,
            options_.uptime().count());
        done(std::move(out));
    };
    if (Services* const services = shards_.front()->services) {
        ++gathering->missing;
        services->report(executor, [gathering, finish](std::string report) {
            gathering->services = std::move(report);
            if (--gathering->missing == 0) finish();
        });
    }
    for (Shard* shard : shards_) {
        asio::post(shard->executor, [shard, executor, gathering, finish] {
            Part part{shard->sessions.connections(), shard->sessions.lingering(),
                      shard->sessions.subscriptions()};
            asio::post(executor, [gathering, finish, part = std::move(part)]() mutable {
                gathering->parts.push_back(std::move(part));
                if (--gathering->missing == 0) finish();
            });
        });
    }
}

std::optional<std::string> Health::not_ready() const {
    if (is_draining_) return "draining";
    std::string reasons;
    for (const auto& broker : brokers_.all()) {
        const BrokerStatus status = broker->status();
        if (status.up) continue;
        fmt::format_to(std::back_inserter(reasons), "{}broker {}: {}", reasons.empty() ? "" : "; ",
                       broker->name(), status.reason);
    }
    if (reasons.empty()) return std::nullopt;
    return reasons;
}

}  // namespace gateway
