#include "amqp/broker.hpp"

#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>
#include <variant>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "amqp/connection.hpp"
#include "amqp/consumer.hpp"
#include "amqp/declarer.hpp"
#include "amqp/pool.hpp"
#include "amqp/producer.hpp"
#include "amqp/publisher.hpp"
#include "amqp/reader.hpp"
#include "amqp/taps.hpp"
#include "amqp/topics.hpp"
#include "broker/topic_name.hpp"

namespace gateway::amqp {

namespace {

void check(const Options& options) {
    const auto refuse = [&](std::string_view what) {
        throw std::runtime_error(fmt::format("{}: {}", options.name, what));
    };
    if (options.hosts.empty()) refuse("there must be a host");
    if (options.prefetch == 0) refuse("prefetch must be at least 1");
    if (options.heartbeat < std::chrono::seconds(1)) refuse("heartbeat must be at least 1 s");
    if (options.max_unconfirmed == 0) refuse("max_unconfirmed must be at least 1");
    if (options.tls.cert.empty() != options.tls.key.empty()) {
        refuse("a TLS certificate and its key belong together");
    }
}

std::optional<Error> refusal(const TopicSpec& spec) {
    if (!is_topic_name(spec.topic)) return Error(Errc::invalid_topic);
    if (spec.partitions.value_or(1) != 1 || spec.replication.value_or(1) != 1 ||
        !spec.config.empty()) {
        return Error(Errc::invalid_topic_config,
                     "a topic of an AMQP broker has one partition, and no settings");
    }
    return std::nullopt;
}

/// The answers to one request for topics, told when all are there.
struct Creation {
    Broker::Executor executor;
    Broker::OnCreated done;
    std::vector<std::optional<Error>> errors;
    std::size_t left = 0;

    void tell() {
        asio::post(executor, [done = std::move(done), errors = std::move(errors)]() mutable {
            done(std::move(errors));
        });
    }
};

}  // namespace

/// In the order they are opened; they end in reverse.
struct Broker::Parts {
    explicit Parts(const Options& options)
        : topics(std::make_shared<Topics>()),
          traffic(std::make_shared<Traffic>()),
          census(std::make_shared<Census>()),
          publishing(std::make_shared<Connection>(options)),
          looker(std::make_shared<Declarer>(*publishing)),
          publisher(std::make_shared<Publisher>(*publishing, *looker, *topics, options)),
          control(std::make_shared<Connection>(options)),
          declarer(std::make_shared<Declarer>(*control)),
          taps(std::make_shared<Taps>(*control, *topics, options)),
          pool(std::make_shared<Pool>(options, control)) {}

    std::shared_ptr<Topics> topics;
    std::shared_ptr<Traffic> traffic;
    std::shared_ptr<Census> census;
    std::shared_ptr<Connection> publishing;
    std::shared_ptr<Declarer> looker;
    std::shared_ptr<Publisher> publisher;
    std::shared_ptr<Connection> control;
    std::shared_ptr<Declarer> declarer;
    std::shared_ptr<Taps> taps;
    std::shared_ptr<Pool> pool;
    bool is_stopped = false;
};

Broker::Broker(Options options) : options_(std::move(options)) {}

Broker::~Broker() { stop(Timeout::zero()); }

Capabilities Broker::capabilities() const {
    return {.positions = false,
            .partitions = false,
            .topic_settings = false,
            .patterns = false,
            .exchanges = true};
}

void Broker::start() {
    check(options_);
    parts_ = std::make_unique<Parts>(options_);
    auto& parts = *parts_;
    parts.publishing->start();
    parts.control->start();
    parts.publishing->post([&parts] {
        parts.publishing->attach(parts.looker);
        parts.publishing->attach(parts.publisher);
    });
    parts.control->post([&parts] { parts.control->attach(parts.declarer); });
}

void Broker::stop(Timeout timeout) {
    if (!parts_ || std::exchange(parts_->is_stopped, true)) return;
    auto& parts = *parts_;
    const auto is_delivered = std::make_shared<std::promise<void>>();
    parts.publishing->post([&parts, is_delivered] {
        parts.publisher->when_idle([is_delivered] { is_delivered->set_value(); });
    });
    // A broker that is not there confirms nothing.
    const bool is_up = parts.publishing->state().is_up;
    is_delivered->get_future().wait_for(is_up ? timeout : Timeout::zero());
    parts.pool->stop();
    parts.control->stop();
    parts.taps->stop();
    parts.publishing->stop();
}

std::unique_ptr<gateway::Producer> Broker::open_producer(Executor executor,
                                                         gateway::Producer::Events& events) {
    return std::make_unique<Producer>(parts_->publishing, parts_->publisher, parts_->traffic,
                                      std::move(executor), options_, events);
}

Result<std::unique_ptr<gateway::Consumer>> Broker::open_consumer(
    Executor executor, gateway::Consumer::Options options, gateway::Consumer::Events& events) {
    if (parts_->census->consumers.fetch_add(1) >= options_.max_consumers) {
        --parts_->census->consumers;
        return Error(Errc::limit_reached,
                     fmt::format("the {} consumers of the broker \"{}\" are all in use",
                                 options_.max_consumers, options_.name));
    }
    return std::unique_ptr<gateway::Consumer>(
        std::make_unique<Consumer>(parts_->pool, parts_->topics, parts_->census,
                                   std::move(executor), options, options_, events));
}

void Broker::create_topics(Executor executor, std::vector<TopicSpec> topics, Timeout timeout,
                           OnCreated done) {
    const auto creation = std::make_shared<Creation>(
        Creation{std::move(executor), std::move(done), {}, topics.size()});
    creation->errors.resize(topics.size());
    if (topics.empty()) return creation->tell();
    parts_->control->post([&parts = *parts_, creation, topics = std::move(topics), timeout] {
        for (std::size_t i = 0; i < topics.size(); ++i) {
            const auto answer = [&known = *parts.topics, creation, i,
                                 name = topics[i].topic](const std::optional<Error>& error) {
                if (!error) known.add(name);
                creation->errors[i] = error;
                if (--creation->left == 0) creation->tell();
            };
            if (const auto error = refusal(topics[i])) {
                answer(error);
                continue;
            }
            parts.declarer->declare(
                {.what = Destination::topic, .name = topics[i].topic, .creates = true}, timeout,
                answer);
        }
    });
}

void Broker::list_topics(Executor executor, Timeout, OnListed done) {
    asio::post(executor, [done = std::move(done), all = parts_->topics->list()]() mutable {
        done(std::move(all));
    });
}

void Broker::locate(Executor executor, std::vector<std::string> topics, Start start,
                    Timeout timeout, OnLocated done) {
    if (!std::holds_alternative<FromLatest>(start)) {
        asio::post(executor, [done = std::move(done), name = options_.name] {
            done(Error(Errc::not_supported,
                       fmt::format("the broker \"{}\" (amqp) has no positions", name)));
        });
        return;
    }
    parts_->control->post([taps = parts_->taps, executor = std::move(executor),
                           topics = std::move(topics), timeout, done = std::move(done)]() mutable {
        taps->locate(std::move(executor), std::move(topics), timeout, std::move(done));
    });
}

Result<std::unique_ptr<PartitionReader>> Broker::open_reader(Executor executor,
                                                             PartitionReader::Events& events) {
    return std::unique_ptr<PartitionReader>(std::make_unique<Reader>(
        Reader::Services{
            .connection = parts_->control, .taps = parts_->taps, .census = parts_->census},
        std::move(executor), events));
}

BrokerStatus Broker::status() const {
    if (!parts_) return {.reason = "not started"};
    auto state = parts_->publishing->state();
    if (state.is_up) state = parts_->control->state();
    if (!state.is_up && state.reason.empty()) state.reason = "not connected yet";
    return {.up = state.is_up,
            .reason = std::move(state.reason),
            .producers = parts_->traffic->producers,
            .consumers = parts_->census->consumers,
            .readers = parts_->census->readers,
            .orphans = parts_->traffic->orphans + parts_->census->orphans};
}

}  // namespace gateway::amqp
