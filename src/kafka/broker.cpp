#include "kafka/broker.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "kafka/catalog.hpp"
#include "kafka/consumer.hpp"
#include "kafka/locator.hpp"
#include "kafka/membership.hpp"
#include "kafka/open_set.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/probe.hpp"
#include "kafka/producer.hpp"
#include "kafka/producer_pool.hpp"
#include "kafka/properties.hpp"
#include "kafka/queue_event.hpp"
#include "kafka/reading.hpp"
#include "kafka/topic_admin.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t worker_threads = 4;    ///< For producers and readers.
constexpr std::size_t member_threads = 32;   ///< Each join waits for brokers' answers.
constexpr std::size_t question_threads = 2;  ///< The probe's and the catalog's.
constexpr auto abandon_time = 2s;            ///< For what must end without the broker's word.

Handle open_control(const Properties& properties) {
    std::string reason;
    Handle handle = open_handle(RD_KAFKA_PRODUCER, properties.control(), reason);
    if (!handle) throw std::runtime_error(fmt::format("kafka: {}", reason));
    return handle;
}

// Its complaints are the probe's, too, which tells of them. Unread, they would pile up.
std::shared_ptr<QueueEvent> drop_events(rd_kafka_t* handle, asio::any_io_executor executor) {
    auto* const queue = rd_kafka_queue_get_main(handle);
    return QueueEvent::open(std::move(executor), Queue(queue), [queue] {
        while (const Event event{rd_kafka_queue_poll(queue, 0)}) continue;
        return QueueEvent::Left::nothing;
    });
}

// librdkafka finds contradictions between properties only when it opens a handle.
void check(rd_kafka_type_t type, Conf conf, const char* prefix) {
    std::string reason;
    const Handle handle = open_handle(type, std::move(conf), reason);
    if (!handle) throw std::runtime_error(fmt::format("{}: {}", prefix, reason));
}

/// The handle as one that may be left behind: its log is kept as long.
std::shared_ptr<rd_kafka_t> outliving(Handle handle, std::shared_ptr<const Properties> properties) {
    return {handle.release(),
            [properties = std::move(properties)](rd_kafka_t* ended) { rd_kafka_destroy(ended); }};
}

}  // namespace

/// In the order they are opened; they end in reverse.
struct Broker::Parts {
    explicit Parts(const Options& options)
        : properties(std::make_shared<Properties>(options)),
          workers(std::make_shared<Workers>(worker_threads)),
          members(std::make_shared<Workers>(member_threads)),
          control(open_control(*properties)),
          questions(question_threads),
          control_strand(questions.strand()),
          control_events(drop_events(control.get(), control_strand)),
          probe(*properties, questions, options.probe_interval),
          catalog(control.get(), questions,
                  properties->creates_topics() ? Catalog::Creates::yes : Catalog::Creates::no),
          places(outliving(open_control(*properties), properties)),
          places_events(drop_events(places.get(), control_strand)),
          locator(std::make_shared<Locator>(places, catalog)),
          producers(std::make_shared<ProducerPool>(properties, workers, options)),
          topics(control.get(), catalog, probe, *producers) {
        check(RD_KAFKA_PRODUCER, properties->producer(), "kafka.producer");
        check(RD_KAFKA_CONSUMER, properties->consumer("check"), "kafka.consumer");
        check(RD_KAFKA_CONSUMER, properties->reader(), "kafka.consumer");
    }

    std::shared_ptr<const Properties> properties;
    std::shared_ptr<Workers> workers;
    std::shared_ptr<Workers> members;
    Handle control;
    Workers questions;  ///< Apart from those that wait for the leaders of partitions.
    Workers::Strand control_strand;
    std::shared_ptr<QueueEvent> control_events;
    Probe probe;
    Catalog catalog;
    /// A leader's late answer holds up what else is asked on its connection.
    std::shared_ptr<rd_kafka_t> places;
    std::shared_ptr<QueueEvent> places_events;
    std::shared_ptr<Locator> locator;
    std::shared_ptr<ProducerPool> producers;
    TopicAdmin topics;
    OpenSet<Membership> memberships;
    OpenSet<Reading> readings;
    bool stopped = false;
};

Broker::Broker(Options options) : options_(std::move(options)) {}

Broker::~Broker() { stop(Timeout::zero()); }

void Broker::start() {
    parts_ = std::make_unique<Parts>(options_);
    parts_->probe.start();
}

void Broker::stop(Timeout timeout) {
    if (!parts_ || std::exchange(parts_->stopped, true)) return;
    const auto now = std::chrono::steady_clock::now();
    const auto deadline = now + timeout;
    parts_->probe.stop();
    // A broker that does not answer takes no goodbye either.
    const auto last_goodbye = parts_->probe.finding().up ? deadline : now;
    parts_->memberships.post_all([](Membership& each) { each.retire(Errc::draining); });
    parts_->readings.post_all([](Reading& each) { each.retire(Errc::draining); });
    parts_->producers->stop(deadline);
    if (!parts_->memberships.wait_until_empty(last_goodbye)) {
        parts_->memberships.post_all([](Membership& each) { each.abandon(); });
        static_cast<void>(parts_->memberships.wait_until_empty(deadline + abandon_time));
    }
    static_cast<void>(parts_->readings.wait_until_empty(deadline + abandon_time));
    parts_->catalog.stop(deadline + abandon_time);
    parts_->locator->stop(deadline);
    parts_->topics.stop(deadline + abandon_time);
    for (const auto& events : {parts_->control_events, parts_->places_events}) {
        asio::post(parts_->control_strand, [events] { events->stop(); });
    }
    parts_->questions.join();
    parts_->members->join();
    parts_->workers->join();
}

std::unique_ptr<gateway::Producer> Broker::open_producer(Executor executor,
                                                         gateway::Producer::Events& events) {
    return std::make_unique<Producer>(parts_->producers, std::move(executor), events);
}

Result<std::unique_ptr<gateway::Consumer>> Broker::open_consumer(
    Executor executor, gateway::Consumer::Options options, gateway::Consumer::Events& events) {
    auto& memberships = parts_->memberships;
    auto membership = std::make_shared<Membership>(
        Membership::Services{.properties = parts_->properties,
                             .workers = parts_->members,
                             .catalog = &parts_->catalog,
                             .locator = parts_->locator.get(),
                             .probe = &parts_->probe,
                             .max_topics = options_.max_topics_per_member},
        options, [&memberships](const Membership& ended) { memberships.remove(ended); });
    if (!memberships.add_below(options_.max_group_members, membership->executor(), membership)) {
        return Error(Errc::limit_reached,
                     fmt::format("this server's {} members of groups are all in use "
                                 "(kafka.max_group_members)",
                                 options_.max_group_members));
    }
    return std::unique_ptr<gateway::Consumer>(
        std::make_unique<Consumer>(std::move(membership), std::move(executor), options, events));
}

void Broker::create_topics(Executor executor, std::vector<TopicSpec> topics, Timeout timeout,
                           OnCreated done) {
    parts_->topics.create(std::move(executor), std::move(topics), timeout, std::move(done));
}

void Broker::list_topics(Executor executor, Timeout timeout, OnListed done) {
    parts_->catalog.fetch(std::move(executor), timeout,
                          [done = std::move(done)](const Catalog::Answer& answer) {
                              if (!answer) return done(answer.error());
                              std::vector<TopicPartition> list;
                              for (const auto& [topic, partitions] : **answer) {
                                  if (topic.starts_with("__")) continue;
                                  for (std::int32_t i = 0; i < partitions; ++i)
                                      list.push_back({topic, i});
                              }
                              done(std::move(list));
                          });
}

void Broker::locate(Executor executor, std::vector<std::string> topics, Start start,
                    Timeout timeout, OnLocated done) {
    parts_->locator->locate(std::move(executor), std::move(topics), std::move(start), timeout,
                            std::move(done));
}

Result<std::unique_ptr<gateway::PartitionReader>> Broker::open_reader(
    Executor executor, gateway::PartitionReader::Events& events) {
    auto& readings = parts_->readings;
    auto reading = std::make_shared<Reading>(
        Reading::Services{.properties = parts_->properties,
                          .workers = parts_->workers,
                          .catalog = &parts_->catalog,
                          .locator = parts_->locator.get()},
        executor, events, [&readings](const Reading& ended) { readings.remove(ended); });
    if (!readings.add_below(options_.max_readers, executor, reading)) {
        return Error(Errc::limit_reached,
                     fmt::format("this server's {} readers are all in use (kafka.max_readers)",
                                 options_.max_readers));
    }
    reading->open();
    return std::unique_ptr<gateway::PartitionReader>(
        std::make_unique<PartitionReader>(std::move(reading)));
}

BrokerStatus Broker::status() const {
    if (!parts_) return {.reason = "not started"};
    auto found = parts_->probe.finding();
    const auto producers = parts_->producers->counts();
    const auto leaving = parts_->memberships.count([](const Membership& each) {
        return each.is_orphan();
    }) + parts_->readings.count([](const Reading& each) { return each.is_orphan(); });
    return {.up = found.up,
            .reason = std::move(found.reason),
            .producers = producers.open,
            .consumers = parts_->memberships.size(),
            .readers = parts_->readings.size(),
            .orphans = producers.orphans + leaving};
}

}  // namespace gateway::kafka
