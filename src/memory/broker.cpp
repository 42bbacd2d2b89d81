#include "memory/broker.hpp"

#include <stdexcept>
#include <utility>

#include <asio/post.hpp>

#include "memory/consumer.hpp"
#include "memory/locate.hpp"
#include "memory/partition_reader.hpp"
#include "memory/producer.hpp"
#include "memory/thread.hpp"

namespace gateway::memory {

Broker::Broker(const Options& options)
    : options_(options), thread_(std::make_shared<Thread>(options)) {}

Broker::~Broker() = default;

void Broker::start() {
    if (options_.partitions < 1 || options_.partitions > options_.max_partitions) {
        throw std::runtime_error("memory.partitions must be from 1 to memory.max_partitions");
    }
    if (options_.max_record_bytes > options_.max_bytes) {
        throw std::runtime_error("memory.max_record_bytes must not exceed memory.max_bytes");
    }
    thread_->start();
    is_up_ = true;
}

void Broker::stop(Timeout timeout) {
    is_up_ = false;
    thread_->stop(timeout);
}

std::unique_ptr<gateway::Producer> Broker::open_producer(Executor executor,
                                                         gateway::Producer::Events& events) {
    return std::make_unique<Producer>(thread_, std::move(executor), options_, events);
}

Result<std::unique_ptr<gateway::Consumer>> Broker::open_consumer(
    Executor executor, gateway::Consumer::Options options, gateway::Consumer::Events& events) {
    return std::unique_ptr<gateway::Consumer>(std::make_unique<Consumer>(
        thread_, std::move(executor), next_member_++, std::move(options), events));
}

void Broker::create_topics(Executor executor, std::vector<TopicSpec> topics, Timeout /*timeout*/,
                           OnCreated done) {
    thread_->post([executor = std::move(executor), topics = std::move(topics),
                   done = std::move(done)](Thread& thread) mutable {
        std::vector<std::optional<Error>> errors;
        for (const auto& topic : topics) errors.push_back(thread.store().create(topic));
        asio::post(executor, [done = std::move(done), errors = std::move(errors)]() mutable {
            done(std::move(errors));
        });
    });
}

void Broker::list_topics(Executor executor, Timeout /*timeout*/, OnListed done) {
    thread_->post([executor = std::move(executor), done = std::move(done)](Thread& thread) mutable {
        asio::post(executor, [done = std::move(done), all = thread.store().list()]() mutable {
            done(std::move(all));
        });
    });
}

void Broker::locate(Executor executor, std::vector<std::string> topics, Start start,
                    Timeout /*timeout*/, OnLocated done) {
    thread_->post([executor = std::move(executor), topics = std::move(topics),
                   start = std::move(start), done = std::move(done)](Thread& thread) mutable {
        auto located = memory::locate(thread.store(), topics, start, timestamp_now());
        asio::post(executor, [done = std::move(done), located = std::move(located)]() mutable {
            done(std::move(located));
        });
    });
}

Result<std::unique_ptr<gateway::PartitionReader>> Broker::open_reader(
    Executor executor, gateway::PartitionReader::Events& events) {
    return std::unique_ptr<gateway::PartitionReader>(
        std::make_unique<PartitionReader>(thread_, std::move(executor), next_reader_++, events));
}

BrokerStatus Broker::status() const {
    const auto& counts = thread_->counts();
    return {.up = is_up_,
            .reason = is_up_ ? "" : "the embedded broker is not running",
            .producers = counts.producers,
            .consumers = counts.consumers,
            .readers = counts.readers,
            .orphans = counts.orphans};
}

}  // namespace gateway::memory
