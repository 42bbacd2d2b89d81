// Longer than a file should be: everything is built here, in order, and stopped in reverse.

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "amqp/broker.hpp"
#include "base/log.hpp"
#include "base/places.hpp"
#include "base/version.hpp"
#include "bridges/bridge.hpp"
#include "broker/topic_name.hpp"
#include "cluster/cluster.hpp"
#include "config/parse.hpp"
#include "deliveries/deliveries.hpp"
#include "engineio/server.hpp"
#include "fanout/fanout.hpp"
#include "fanout/trunk.hpp"
#include "gateway/brokers.hpp"
#include "gateway/health.hpp"
#include "gateway/shard.hpp"
#include "http/cors.hpp"
#include "http/health.hpp"
#include "http/listener.hpp"
#include "http/port.hpp"
#include "http/services.hpp"
#include "kafka/broker.hpp"
#include "kafka/check_property.hpp"
#include "kasocki/door.hpp"
#include "memory/broker.hpp"
#include "routing/decoding.hpp"
#include "routing/router.hpp"
#include "routing/table.hpp"
#include "services/desk.hpp"
#include "services/event_bus.hpp"
#include "services/service_name.hpp"
#include "services/switchboard.hpp"
#include "socketio/session.hpp"
#include "websocket/listener.hpp"

namespace {

using namespace gateway;
using Clock = std::chrono::steady_clock;

/// Descriptors that are not for clients: brokers' connections, files, listeners.
constexpr std::size_t reserved_descriptors = 8192;

/// Raises the limit on open files as far as the system lets us; how many clients that leaves.
std::size_t connections_by_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t files = limit.rlim_cur;
    return files > 2 * reserved_descriptors ? files - reserved_descriptors : files / 2;
}

/// Batches of records are large blocks that come and go many times a second. Given back to the
/// system each time, their pages are zeroed anew for every batch: 2 to 5 % of the rate at 100 B a
/// record, more at 1 KiB.
void keep_pages() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

std::unique_ptr<Broker> make_broker(const kafka::Options& options) {
    return std::make_unique<kafka::Broker>(options);
}

std::unique_ptr<Broker> make_broker(const amqp::Options& options) {
    return std::make_unique<amqp::Broker>(options);
}

std::unique_ptr<Broker> make_broker(const memory::Options& options) {
    return std::make_unique<memory::Broker>(options);
}

Brokers make_brokers(const config::Config& config) {
    std::vector<std::unique_ptr<Broker>> brokers;
    for (const config::BrokerOptions& options : config.brokers) {
        brokers.push_back(std::visit([](const auto& own) { return make_broker(own); }, options));
    }
    return Brokers(std::move(brokers));
}

void log_broker(const kafka::Options& options, std::string_view role) {
    spdlog::info("broker {}{}: Kafka at {}", options.name, role,
                 options.common.at("bootstrap.servers"));
}

void log_broker(const amqp::Options& options, std::string_view role) {
    std::string hosts;
    for (const amqp::Host& host : options.hosts) {
        const int port = host.port ? host.port : options.tls.enabled ? 5671 : 5672;
        hosts += fmt::format("{}{}:{}", hosts.empty() ? "" : ",", host.name, port);
    }
    spdlog::info("broker {}{}: AMQP at {}, vhost {}, as {}", options.name, role, hosts,
                 options.vhost, options.user);
}

void log_broker(const memory::Options& options, std::string_view role) {
    spdlog::warn("broker {}{}: embedded; its records end with this process", options.name, role);
}

/// A line for each broker that serves.
void log_brokers(const config::Config& config) {
    if (!config.names_brokers) {
        return spdlog::warn(
            "no broker is configured: the embedded one serves, and its records end with this "
            "process; set kafka.bootstrap.servers to use a Kafka");
    }
    for (const config::BrokerOptions& options : config.brokers) {
        const std::string_view role = &options == config.brokers.data() ? ", the default" : "";
        std::visit([&](const auto& own) { log_broker(own, role); }, options);
    }
}

/// Throws std::runtime_error for routes that cannot be.
routing::Table make_table(const config::Config& config, const Brokers& brokers) {
    std::vector<routing::BrokerTraits> traits;
    for (const auto& broker : brokers.all()) {
        traits.push_back({broker->name(), broker->capabilities().exchanges});
    }
    return {config.routing, traits};
}

/// So many random bytes, in hexadecimal.
std::string random_name(std::size_t bytes) {
    std::random_device random;
    std::string name;
    for (; bytes > 0; --bytes) name += fmt::format("{:02x}", random() & 0xFFU);
    return name;
}

Node make_node(const config::NodeOptions& options) {
    const std::string id = options.id == "random" ? random_name(6) : options.id;
    return {.id = id, .process = fmt::format("{}.{}", id, random_name(4))};
}

/// The broker that deliveries come from, or null if there are none. Throws std::runtime_error for
/// one that is not there.
Broker* find_delivery_broker(const config::Config& config, const Brokers& brokers) {
    using Enabled = deliveries::Options::Enabled;
    const auto& options = config.deliveries;
    const auto amqp = std::ranges::find_if(
        brokers.all(), [](const auto& broker) { return broker->kind() == "amqp"; });
    const bool has_amqp = amqp != brokers.all().end();
    if (options.enabled == Enabled::no) return nullptr;
    if (options.enabled == Enabled::automatic && (config.routing.routes.empty() || !has_amqp)) {
        return nullptr;
    }
    if (options.broker == "auto") return has_amqp ? amqp->get() : &brokers.standard();
    Broker* const broker = brokers.named(options.broker);
    if (!broker) {
        throw std::runtime_error(
            fmt::format("deliveries.broker: no broker is named \"{}\"", options.broker));
    }
    return broker;
}

/// The broker of a bridge. Throws std::runtime_error for one that is not there, and for a service
/// that nobody could call.
Broker& broker_of(const bridges::Options& options, const Brokers& brokers) {
    if (!services::is_service_name(options.service)) {
        throw std::runtime_error(
            fmt::format("{}: \"{}\" is no name of a service", options.where, options.service));
    }
    if (options.broker.empty()) return brokers.standard();
    Broker* const broker = brokers.named(options.broker);
    if (!broker) {
        throw std::runtime_error(
            fmt::format("{}: no broker is named \"{}\"", options.where, options.broker));
    }
    return *broker;
}

/// The broker between this node's services and others', or null if there is none. Throws
/// std::runtime_error for one that is not there, or is this process's own.
Broker* find_backend(const config::Config& config, const Brokers& brokers) {
    const std::string& name = config.cluster.backend;
    if (name == "none") return nullptr;
    const std::string longest = config.cluster.topics + ".node." + config.node.id;
    if (!is_topic_name(longest)) {
        throw std::runtime_error(
            fmt::format("services.topics and node.id make \"{}\", which is longer than a topic's "
                        "name may be",
                        longest));
    }
    Broker* const broker = brokers.named(name);
    if (broker && broker->kind() != "memory") return broker;
    throw std::runtime_error(
        fmt::format("services.backend: {}", broker ? "the embedded broker is in this process alone"
                                                   : "no broker is named \"" + name + "\""));
}

/// What http/ asks of gateway/.
class HealthAnswers final : public http::Health {
public:
    explicit HealthAnswers(const gateway::Health& health) : health_(health) {}

    void report(asio::any_io_executor executor, OnReport done) override {
        health_.report(std::move(executor), std::move(done));
    }
    [[nodiscard]] std::optional<std::string> not_ready() const override {
        return health_.not_ready();
    }

private:
    const gateway::Health& health_;
};

/// What all threads refer to.
struct Common {
    const config::Config& config;
    std::size_t threads;
    Brokers brokers;
    routing::Table routes;
    Node node;
    gateway::Health health;
    HealthAnswers answers{health};
    Counters counters{};
    Places places{};  ///< For clients of both listeners.
    Places for_websockets{};
    engineio::Servers engineio_servers{};
    http::Options http;
    std::shared_ptr<http::Port> http_port;
    services::Switchboard* switchboard = nullptr;  ///< On the first thread.
    services::EventBus events{config.services.desks, websocket::make_shared_frame,
                              config.session.consumer.max_frame_bytes, counters};
    std::vector<std::unique_ptr<fanout::Trunk>>
        trunks{};  ///< One a broker, each on one of the threads.
};

/// `possible` are the connections that the limit on open files allows both listeners together.
void bound_connections(Common& common, std::size_t possible) {
    const auto allow = [possible](std::string_view key, std::size_t wanted) {
        if (wanted > possible) {
            spdlog::warn("{} is {}, but the limit on open files allows {}", key, wanted, possible);
        }
        return std::min(wanted, possible);
    };
    const std::size_t wanted = common.config.websocket.max_connections;
    common.places.limit = possible;
    common.http.max_connections = allow("http.max_connections", common.config.http.max_connections);
    // Where nobody has said how many, probes and workers over HTTP find room beside them.
    const std::size_t unless_told = possible - std::min(possible / 8, common.http.max_connections);
    common.for_websockets.limit =
        wanted == 0 ? unless_told : allow("websocket.max_connections", wanted);
    common.for_websockets.shared = &common.places;
    if (wanted != 0 && wanted + common.config.http.max_connections > possible) {
        spdlog::warn(
            "websocket.max_connections and http.max_connections are {} together, but share the {} "
            "that the limit on open files allows",
            wanted + common.config.http.max_connections, possible);
    }
}

/// The services' switchboard, if this is the first thread; it serves the others, too.
std::unique_ptr<services::Switchboard> make_switchboard(Common& common, asio::io_context& io) {
    if (common.switchboard) return nullptr;
    auto switchboard = std::make_unique<services::Switchboard>(
        io.get_executor(), common.config.services, [] { return Clock::now(); });
    common.switchboard = switchboard.get();
    return switchboard;
}

std::vector<http::Route> make_routes(Common& common) {
    std::vector<http::Route> routes =
        http::for_origins(http::service_routes(*common.switchboard), common.http.origins);
    std::ranges::move(http::health_routes(common.answers), std::back_inserter(routes));
    return routes;
}

/// One shard: a thread and everything that lives on it.
struct Thread {
    explicit Thread(Common& common)
        : switchboard(make_switchboard(common, io)),
          events(common.events, io.get_executor()),
          desks({.executor = io.get_executor(),
                 .options = common.config.services.desks,
                 .switchboard = *common.switchboard,
                 .events = events,
                 .counters = common.counters,
                 .node = common.node}),
          broadcasts(io.get_executor(), common.trunks, common.config.fanout, common.threads),
          router(common.routes, common.brokers, common.node),
          shard{.executor = io.get_executor(),
                .options = common.config.session,
                .brokers = common.brokers,
                .health = common.health,
                .counters = common.counters,
                .broadcasts = &broadcasts,
                .routing = common.routes.routes().empty() ? nullptr : &router,
                .services = &desks,
                .node = common.node},
          kasocki(shard, common.config.kasocki),
          socketio_shard{.executor = io.get_executor(),
                         .options = common.config.socketio,
                         .accept =
                             [this](socketio::Peer& peer, const socketio::Peer::Request& request) {
                                 return kasocki.accept(peer, request);
                             }},
          engineio_server(io.get_executor(), common.config.engineio, common.engineio_servers,
                          [this](Connection& connection, engineio::Dialect dialect) {
                              return std::make_shared<socketio::Session>(socketio_shard, connection,
                                                                         dialect);
                          }),
          websocket(io, common.config.websocket, common.for_websockets,
                    [this](Connection& connection, const std::string& user) {
                        return shard.sessions.accept(shard, connection, user);
                    }),
          http(io, common.http_port, common.http, make_routes(common)) {
        websocket.serve(common.config.engineio.path, engineio_server);
        for (const auto& [path, decoder] : common.config.routing.decoders) {
            const auto& decoding = decodings.emplace_back(std::make_unique<routing::Decoding>(
                shard, *routing::find_codec(decoder), common.config.websocket.max_frame_bytes));
            websocket.serve(path, *decoding);
        }
    }

    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    std::unique_ptr<services::Switchboard> switchboard;  ///< Of the first thread only.
    services::EventPost events;
    services::Desks desks;
    fanout::Fanout broadcasts;
    routing::Router router;
    Shard shard;
    std::vector<std::unique_ptr<routing::Decoding>> decodings{};
    kasocki::Door kasocki;
    socketio::Shard socketio_shard;
    engineio::Server engineio_server;
    websocket::Listener websocket;
    http::Listener http;
    std::binary_semaphore done{0};  ///< Released when the thread has nothing left to do.
    std::thread thread{};
};

using Threads = std::vector<std::unique_ptr<Thread>>;

/// Listens, though nothing is answered until the threads run. HTTP comes first: a port that is
/// listened to is refused to the WebSockets, also where it is our own.
std::uint16_t listen(Threads& threads) {
    for (const auto& thread : threads) thread->http.start();
    std::uint16_t port = 0;
    for (const auto& thread : threads) {
        if (thread == threads.front()) {
            port = thread->websocket.start();
        } else {
            thread->websocket.share(port);
        }
    }
    return port;
}

/// Serves until the first of the signals; another one from then on ends the process at once.
void wait_for_signal(asio::io_context& io, asio::signal_set& signals) {
    signals.async_wait([](std::error_code, int) {});
    io.run();
    signals.clear();
    for (const int signal : {SIGTERM, SIGINT}) {
        std::signal(signal, [](int) { std::_Exit(EXIT_FAILURE); });
    }
}

/// Lets every session finish until `deadline`; what is left then is given up.
void drain(asio::io_context& io, Threads& threads, services::Switchboard& switchboard,
           Clock::time_point deadline) {
    struct Progress {
        std::size_t busy;
        asio::steady_timer deadline;
    };
    const auto progress =
        std::make_shared<Progress>(Progress{threads.size() + 1, asio::steady_timer(io, deadline)});
    progress->deadline.async_wait([](std::error_code) {});
    const auto finish = [&io, progress] {
        asio::post(io, [progress] {
            if (--progress->busy == 0) progress->deadline.cancel();
        });
    };
    switchboard.drain(
        [&threads] {
            for (const auto& thread : threads) {
                asio::post(thread->io, [thread = thread.get()] {
                    thread->desks.release_workers();
                    thread->shard.sessions.settle();
                });
            }
        },
        finish);
    for (const auto& thread : threads) {
        asio::post(thread->io, [finish, thread = thread.get()] {
            thread->websocket.stop_accepting();
            thread->engineio_server.stop_accepting();
            thread->kasocki.drain();
            thread->shard.sessions.drain(finish);
        });
    }
    io.restart();
    io.run();
    if (progress->busy == 0) return;
    for (const auto& thread : threads) {
        asio::post(thread->io, [thread = thread.get()] {
            if (const std::size_t lost = thread->shard.sessions.abandon()) {
                spdlog::warn("shutdown.timeout: {} sends are given up without a report", lost);
            }
        });
    }
}

void stop(const std::vector<std::unique_ptr<bridges::Bridge>>& bridges, Clock::time_point end) {
    const auto stopped = std::make_shared<std::counting_semaphore<>>(0);
    for (const auto& bridge : bridges) bridge->stop([stopped] { stopped->release(); });
    for (std::size_t i = 0; i < bridges.size(); ++i) {
        if (!stopped->try_acquire_until(end)) return;
    }
}

/// What is not done by `end`, a client's handshake say, is cut off.
void stop(Threads& threads, Clock::time_point end) {
    for (const auto& thread : threads) {
        asio::post(thread->io, [thread = thread.get()] {
            thread->engineio_server.stop();
            thread->websocket.stop();
            thread->http.stop();
            thread->work.reset();
        });
    }
    for (const auto& thread : threads) {
        if (!thread->done.try_acquire_until(end)) thread->io.stop();
        thread->thread.join();
    }
}

void run(const config::Config& config) {
    const Clock::time_point started = Clock::now();
    const std::size_t possible = connections_by_descriptors();
    std::signal(SIGPIPE, SIG_IGN);
    keep_pages();

    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    Common common{
        .config = config,
        .threads = config.websocket.threads ? config.websocket.threads : cores,
        .brokers = make_brokers(config),
        .routes = make_table(config, common.brokers),
        .node = make_node(config.node),
        .health = {{.version = std::string(version),
                    .uptime =
                        [started] {
                            return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() -
                                                                                    started);
                        }},
                   common.brokers},
        .http = config.http,
        .http_port =
            std::make_shared<http::Port>(config.http.address, config.http.port, &common.places),
    };
    Broker* const delivery_broker = find_delivery_broker(config, common.brokers);
    if (delivery_broker) {
        const std::string& queue = config.deliveries.queue;
        common.node.queue = queue == "auto" ? "athena." + common.node.id : queue;
    }
    bound_connections(common, possible);

    asio::io_context io{1};  // Outlives the threads, whose sessions may hold the drain's timer.
    Threads threads;
    for (std::size_t i = common.threads; i > 0; --i) {
        threads.push_back(std::make_unique<Thread>(common));
        common.health.add(threads.back()->shard);
    }
    for (std::size_t i = 0; i < common.brokers.all().size(); ++i) {
        common.trunks.push_back(std::make_unique<fanout::Trunk>(
            threads[i % threads.size()]->io.get_executor(), *common.brokers.all()[i], config.fanout,
            websocket::make_shared_frame, common.counters));
    }
    std::unique_ptr<deliveries::Deliveries> deliveries;
    if (delivery_broker) {
        std::vector<Shard*> shards;
        for (const auto& thread : threads) shards.push_back(&thread->shard);
        deliveries = std::make_unique<deliveries::Deliveries>(
            threads.front()->io.get_executor(), *delivery_broker, std::move(shards), common.node,
            common.counters, config.deliveries);
        for (const auto& thread : threads) thread->shard.nodes = deliveries.get();
    }
    std::vector<std::unique_ptr<bridges::Bridge>> bridges;
    for (const bridges::Options& each : config.bridges) {
        bridges.push_back(std::make_unique<bridges::Bridge>(
            threads[bridges.size() % threads.size()]->io.get_executor(),
            broker_of(each, common.brokers), *common.switchboard, common.node, each));
    }
    std::unique_ptr<cluster::Cluster> cluster;
    if (Broker* const backend = find_backend(config, common.brokers)) {
        common.brokers.set_own(*backend, {config.cluster.topics + '.'});
        Thread& first = *threads.front();
        cluster = std::make_unique<cluster::Cluster>(
            cluster::Cluster::Around{.executor = first.io.get_executor(),
                                     .broker = *backend,
                                     .board = *common.switchboard,
                                     .events = first.events,
                                     .node = common.node,
                                     .options = config.cluster});
        common.events.set_carrier(cluster->events());
    }
    const std::uint16_t port = listen(threads);
    for (const auto& broker : common.brokers.all()) broker->start();
    if (deliveries) deliveries->start();
    for (const auto& bridge : bridges) bridge->start();
    if (cluster) cluster->start();
    for (const auto& thread : threads) {
        thread->thread = std::thread([thread = thread.get()] {
            thread->io.run();
            thread->done.release();
        });
    }
    log_brokers(config);
    // Before anyone is told that there is a process to be ended.
    asio::signal_set signals(io, SIGTERM, SIGINT);
    std::cout << fmt::format("ready websocket=ws://{}:{}{} http=http://{}:{}/",
                             config.websocket.address, port, config.websocket.path,
                             config.http.address, common.http_port->number())
              << std::endl;

    wait_for_signal(io, signals);
    const Clock::time_point end = Clock::now() + config.shutdown.timeout;
    spdlog::info("draining for {} at most", config.shutdown.timeout);
    common.health.set_draining();
    if (cluster) cluster->drain();
    drain(io, threads, *common.switchboard, end - config.shutdown.timeout / 4);
    const auto say_farewell = [&](auto& who, std::string_view name) {
        const auto stopped = std::make_shared<std::binary_semaphore>(0);
        who.stop([stopped] { stopped->release(); });
        const bool is_stopped = stopped->try_acquire_until(end - config.shutdown.timeout / 8);
        if (!is_stopped) spdlog::warn("{}: the broker was not told of the end", name);
    };
    if (deliveries) say_farewell(*deliveries, "deliveries");
    if (cluster) say_farewell(*cluster, "services");
    stop(bridges, end - config.shutdown.timeout / 8);
    for (const auto& trunk : common.trunks) trunk->stop();
    for (const auto& broker : common.brokers.all()) {
        const auto left = std::chrono::duration_cast<Broker::Timeout>(end - Clock::now());
        broker->stop(std::max(left, Broker::Timeout{100}));
    }
    common.switchboard->stop();
    stop(threads, std::max(end, Clock::now() + std::chrono::milliseconds(100)));
    spdlog::info("stopped");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto outcome = config::parse(
            argc, argv, environ,
            {.property = kafka::check_property, .whole = [](const config::Config& config) {
                 const Brokers brokers = make_brokers(config);
                 static_cast<void>(make_table(config, brokers));
                 static_cast<void>(find_delivery_broker(config, brokers));
                 for (const auto& each : config.bridges) {
                     static_cast<void>(broker_of(each, brokers));
                 }
                 static_cast<void>(find_backend(config, brokers));
             }});
        if (const auto* print = std::get_if<config::Print>(&outcome)) {
            std::cout << print->text;
            return print->exit_code;
        }
        const config::Config& config = std::get<config::Run>(outcome).config;
        start_logging(config.log);
        run(config);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "kafka-ws: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
