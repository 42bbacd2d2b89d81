#include "kafka/reading.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "kafka/error.hpp"
#include "kafka/loss.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds place_time = 10s;     ///< To find a lost place; then again.
constexpr std::chrono::milliseconds place_pause = 250ms;  ///< Where it turns out not to be lost.
constexpr std::chrono::milliseconds look_time = 10s;      ///< For the broker to name its topics.
constexpr std::chrono::milliseconds look_interval = 5s;
constexpr std::chrono::milliseconds look_again = 300ms;  ///< Where something was missing.
constexpr int looks = 3;  ///< Without it: another broker may not have heard of it yet.

std::string name_of(const TopicPartition& at) {
    return fmt::format("topic \"{}\", partition {}", at.topic, at.partition);
}

/// What a worker stops: the topic must end before the handle.
struct Stopping {
    std::shared_ptr<rd_kafka_t> handle;
    std::vector<std::pair<std::shared_ptr<rd_kafka_topic_t>, std::int32_t>> partitions;

    void run() {
        for (const auto& [topic, partition] : partitions) {
            rd_kafka_consume_stop(topic.get(), partition);
        }
        partitions.clear();
    }
};

}  // namespace

Reading::Reading(Services services, asio::any_io_executor executor, PartitionReader::Events& events,
                 OnEnd on_end)
    : services_(std::move(services)),
      executor_(std::move(executor)),
      events_(&events),
      on_end_(std::move(on_end)),
      intake_(executor_, *this, Batch::WithHeaders::yes),
      look_timer_(executor_) {}

void Reading::open() {
    services_.workers->post([self = shared_from_this()] {
        std::string reason;
        auto handle = open_handle(RD_KAFKA_CONSUMER, self->services_.properties->reader(), reason);
        if (!handle) {
            const Error error(Errc::internal, fmt::format("no reader can be opened: {}", reason));
            asio::post(self->executor_, [self, error] { self->open_failed(error); });
            return;
        }
        Records queue = Queue(rd_kafka_queue_new(handle.get()));
        Opened shared(handle.release(), [self](rd_kafka_t* ended) {
            rd_kafka_destroy(ended);
            self->on_end_(*self);
        });
        asio::post(self->executor_,
                   [self, shared = std::move(shared), queue = std::move(queue)]() mutable {
                       self->opened(std::move(shared), std::move(queue));
                   });
    });
}

void Reading::opened(Opened handle, Records queue) {
    handle_ = std::move(handle);
    queue_ = std::move(queue);
    if (orphan_) return let_go();
    try {
        intake_.open(handle_.get(), queue_, std::shared_ptr<Intake>(shared_from_this(), &intake_));
    } catch (const std::system_error& error) {
        return open_failed(
            {Errc::internal, fmt::format("no reader can be opened: {}", error.what())});
    }
    intake_.start();
    for (const auto& at : list()) settle(at);
}

void Reading::open_failed(const Error& error) {
    failure_ = error;
    for (const auto& at : list()) end(at, error);
    if (orphan_) close();
}

void Reading::add(std::span<const Position> positions) {
    std::vector<TopicPartition> started;
    for (const auto& [topic, number, offset] : positions) {
        auto& partition = topics_[topic].partitions[number];
        partition.next = offset;
        partition.version = ++versions_;
        partition.wanted = true;
        partition.resting = false;
        partition.missing = 0;
        const TopicPartition at{topic, number};
        if (failure_) {
            end_soon(at, partition.version, *failure_);
        } else if (partition.started) {
            started.push_back(at);
        } else {
            settle(at);
        }
    }
    stop(std::move(started));
    if (!positions.empty()) look_at_topics();
}

void Reading::drop(std::span<const TopicPartition> partitions) {
    std::vector<TopicPartition> dropped;
    for (const auto& at : partitions) {
        auto* partition = find(at.topic, at.partition);
        if (partition == nullptr) continue;
        partition->wanted = false;
        dropped.push_back(at);
    }
    stop(dropped);
    for (const auto& at : dropped) settle(at);
}

void Reading::stop(std::vector<TopicPartition> list) {
    Stopping stopping{.handle = handle_, .partitions = {}};
    std::erase_if(list, [&](const TopicPartition& at) {
        auto& parts = topics_[at.topic];
        auto& partition = parts.partitions[at.partition];
        if (!partition.started || partition.stopping) return true;
        partition.stopping = true;
        stopping.partitions.emplace_back(parts.topic, at.partition);
        return false;
    });
    if (list.empty()) return;
    last_topic_ = nullptr;
    intake_.sift();
    services_.workers->post([weak = weak_from_this(), executor = executor_, list = std::move(list),
                             stopping = std::move(stopping)]() mutable {
        stopping.run();
        asio::post(executor, [weak = std::move(weak), list = std::move(list)] {
            const auto self = weak.lock();
            if (!self) return;
            for (const auto& at : list) {
                auto* partition = self->find(at.topic, at.partition);
                if (partition == nullptr) continue;
                partition->started = false;
                partition->stopping = false;
                self->settle(at);
            }
        });
        stopping.handle.reset();
    });
}

void Reading::settle(const TopicPartition& at) {
    const auto topic = topics_.find(at.topic);
    if (topic == topics_.end()) return;
    const auto found = topic->second.partitions.find(at.partition);
    if (found == topic->second.partitions.end()) return;
    auto& partition = found->second;
    if (partition.started) return;
    if (partition.wanted) {
        if (handle_ && !partition.resting) start(at, partition);
        return;
    }
    topic->second.partitions.erase(found);
    if (topic->second.partitions.empty()) topics_.erase(topic);
}

void Reading::start(const TopicPartition& at, Partition& partition) {
    auto& topic = topics_[at.topic].topic;
    if (!topic) topic = Topic(rd_kafka_topic_new(handle_.get(), at.topic.c_str(), nullptr));
    if (!topic || rd_kafka_consume_start_queue(topic.get(), at.partition, partition.next,
                                               queue_.get()) != 0) {
        const auto code = rd_kafka_last_error();
        return end_soon(at, partition.version, to_error(code, name_of(at)));
    }
    partition.started = true;
    last_topic_ = nullptr;
}

void Reading::end(const TopicPartition& at, const Error& error) {
    auto* partition = find(at.topic, at.partition);
    if (partition == nullptr || !partition->wanted) return;
    const std::vector<TopicPartition> ended{at};
    drop(ended);
    tell([&](auto& events) { events.ended(at, error); });
}

void Reading::end_soon(const TopicPartition& at, std::uint64_t version, const Error& error) {
    asio::post(executor_, [weak = weak_from_this(), at, version, error] {
        const auto self = weak.lock();
        if (self && self->find(at, version) != nullptr) self->end(at, error);
    });
}

void Reading::close() {
    orphan_ = true;
    events_ = nullptr;
    look_timer_.cancel();
    intake_.release([self = shared_from_this()] {
        if (self->handle_) return self->let_go();
        if (std::exchange(self->failure_, std::nullopt)) self->on_end_(*self);
    });
}

void Reading::let_go() {
    Stopping stopping{.handle = std::move(handle_), .partitions = {}};
    for (const auto& [name, parts] : std::exchange(topics_, {})) {
        for (const auto& [number, partition] : parts.partitions) {
            if (!partition.started || partition.stopping) continue;
            stopping.partitions.emplace_back(parts.topic, number);
        }
    }
    services_.workers->post([stopping = std::move(stopping), queue = std::move(queue_)]() mutable {
        stopping.run();
        queue.reset();
        stopping.handle.reset();
    });
}

void Reading::retire(const Error& error) {
    for (const auto& at : list()) end(at, error);
    close();
}

bool Reading::keeps(const rd_kafka_message_t& message) {
    if (message.rkt == nullptr) return false;
    if (message.rkt == last_topic_ && message.partition == last_partition_) return last_is_kept_;
    const auto* partition = find(rd_kafka_topic_name(message.rkt), message.partition);
    last_topic_ = message.rkt;
    last_partition_ = message.partition;
    last_is_kept_ = partition != nullptr && partition->started && !partition->stopping;
    return last_is_kept_;
}

std::size_t Reading::records(std::span<const Record> records) {
    if (events_ == nullptr) return records.size();
    const std::size_t count = events_->records(records);
    for_each_run(records.first(count), [this](const Record& record) {
        auto* partition = find(record.topic, record.partition);
        // Its owner may have set another place from within the call.
        if (partition == nullptr || partition->stopping) return;
        partition->next = std::max(partition->next, record.offset + 1);
    });
    return count;
}

void Reading::mark(const rd_kafka_message_t& message) {
    const TopicPartition at{rd_kafka_topic_name(message.rkt), message.partition};
    auto* partition = find(at.topic, at.partition);
    if (partition == nullptr) return;
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        partition->next = std::max(partition->next, message.offset);
        tell([&](auto& events) { events.reached_end({at.topic, at.partition, message.offset}); });
    } else if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        partition->resting = true;
        const auto version = partition->version;
        stop({at});
        look_for_place(at, version);
    } else if (message.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        end(at, to_error(message.err, name_of(at), rd_kafka_message_errstr(&message)));
    } else if (is_unknown(message.err)) {
        look_at_topics();
    } else {
        spdlog::debug("kafka: {}: {}", name_of(at), rd_kafka_message_errstr(&message));
    }
}

void Reading::look_for_place(const TopicPartition& at, std::uint64_t version) {
    if (find(at, version) == nullptr) return;
    services_.locator->locate(
        executor_, std::vector{at}, FromEarliest{}, place_time,
        [weak = weak_from_this(), at, version](const Locator::Answer& answer) {
            const auto self = weak.lock();
            if (!self || self->find(at, version) == nullptr) return;
            if (answer) return self->take_place(at, version, answer->front());
            if (!traits_of(answer.error().code).retry) return self->end(at, answer.error());
            self->after(place_pause,
                        [at, version](Reading& reading) { reading.look_for_place(at, version); });
        });
}

void Reading::take_place(const TopicPartition& at, std::uint64_t version, const Located& located) {
    auto* partition = find(at, version);
    const auto wanted = partition->next;
    if (wanted > located.latest) return end(at, out_of_range(wanted, located));
    const auto recovery = recover(wanted, located, services_.properties->offset_reset());
    if (!recovery) return end(at, recovery.error());
    if (recovery->next == wanted) {
        return after(place_pause, [at, version](Reading& reading) {
            if (auto* rested = reading.find(at, version)) rested->resting = false;
            reading.settle(at);
        });
    }
    partition->next = recovery->next;
    partition->resting = false;
    tell([&](auto& events) { events.lost(*recovery->lost); });
    settle(at);
}

// librdkafka does not tell of every topic that is gone.
void Reading::look_at_topics() {
    if (events_ == nullptr || topics_.empty() || std::exchange(looking_, true)) return;
    services_.catalog->fetch(executor_, look_time,
                             [weak = weak_from_this()](const Catalog::Answer& answer) {
                                 const auto self = weak.lock();
                                 if (!self) return;
                                 self->looking_ = false;
                                 answer ? self->look_at(**answer) : self->look_later(look_interval);
                             });
}

void Reading::look_at(const Catalog::Topics& topics) {
    bool all_there = true;
    for (const auto& at : list()) {
        auto* partition = find(at.topic, at.partition);
        if (partition == nullptr || !partition->wanted) continue;
        const auto topic = topics.find(at.topic);
        const bool is_there = topic != topics.end() && at.partition < topic->second;
        partition->missing = is_there ? 0 : partition->missing + 1;
        if (is_there) continue;
        all_there = false;
        if (partition->missing < looks) continue;
        end(at, to_error(topic == topics.end() ? RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
                                               : RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
                         name_of(at)));
    }
    look_later(all_there ? look_interval : look_again);
}

void Reading::look_later(std::chrono::milliseconds pause) {
    if (events_ == nullptr) return;
    look_timer_.expires_after(pause);
    look_timer_.async_wait([weak = weak_from_this()](std::error_code cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) self->look_at_topics();
    });
}

Reading::Partition* Reading::find(std::string_view topic, std::int32_t partition) {
    const auto parts = topics_.find(topic);
    if (parts == topics_.end()) return nullptr;
    const auto found = parts->second.partitions.find(partition);
    return found == parts->second.partitions.end() ? nullptr : &found->second;
}

Reading::Partition* Reading::find(const TopicPartition& at, std::uint64_t version) {
    auto* partition = find(at.topic, at.partition);
    const bool is_same = partition != nullptr && partition->wanted && partition->version == version;
    return is_same ? partition : nullptr;
}

std::vector<TopicPartition> Reading::list() const {
    std::vector<TopicPartition> all;
    for (const auto& [name, parts] : topics_) {
        for (const auto& [number, partition] : parts.partitions) all.push_back({name, number});
    }
    return all;
}

template <typename Call>
void Reading::tell(Call call) {
    intake_.tell([&] {
        if (events_ != nullptr) call(*events_);
    });
}

template <typename Job>
void Reading::after(std::chrono::milliseconds pause, Job job) {
    const auto timer = std::make_shared<asio::steady_timer>(executor_, pause);
    timer->async_wait([weak = weak_from_this(), timer, job](std::error_code) {
        if (const auto self = weak.lock()) job(*self);
    });
}

}  // namespace gateway::kafka
