#include "memory/partition_reader.hpp"

#include <map>
#include <utility>

#include <asio/post.hpp>

#include "memory/tray.hpp"

namespace gateway::memory {

/// The half of a reader that the broker thread knows. For the reader's executor only, `post` aside;
/// it may live on after its reader.
class PartitionReader::Inbox : public std::enable_shared_from_this<Inbox>, private Tray::Events {
public:
    /// `thread` and `events` must live until `end`.
    Inbox(Thread& thread, asio::any_io_executor executor, Readers::Id id,
          PartitionReader::Events& events)
        : thread_(&thread), executor_(std::move(executor)), id_(id), events_(&events) {}

    /// Calls `work(inbox)` on the reader's executor. Any thread may.
    template <typename Work>
    void post(Work work) {
        asio::post(executor_,
                   [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
    }

    [[nodiscard]] Readers::Place add(const Position& position) {
        drop({position.topic, position.partition});
        turns_[{position.topic, position.partition}] = ++last_turn_;
        return {position, last_turn_};
    }

    void drop(const TopicPartition& partition) {
        if (turns_.erase(partition) > 0) tray_.drop(partition);
    }

    void deliver(Delivery delivery) {
        if (!events_) return;
        std::erase_if(delivery.parts, [&](const auto& part) {
            return !is_current({*part.topic, part.partition}, part.turn);
        });
        tray_.add(std::move(delivery));
        tray_.go_on(*this);
    }

    void refuse(const std::vector<Readers::Refusal>& refusals) {
        for (const auto& [place, error] : refusals) {
            const TopicPartition partition{place.from.topic, place.from.partition};
            if (!events_ || !is_current(partition, place.turn)) continue;
            turns_.erase(partition);
            events_->ended(partition, error);
        }
    }

    void resume() {
        if (tray_.resume()) post([](Inbox& inbox) { inbox.tray_.go_on(inbox); });
    }

    void end() {
        events_ = nullptr;
        tray_.end();
    }

private:
    [[nodiscard]] bool is_current(const TopicPartition& partition, std::uint64_t turn) const {
        const auto found = turns_.find(partition);
        return found != turns_.end() && found->second == turn;
    }

    std::size_t records(std::span<const Record> records) override {
        return events_->records(records);
    }
    void lost(const Lost& lost) override { events_->lost(lost); }
    void reached_end(const Position& position) override { events_->reached_end(position); }
    void taken() override {
        thread_->post([id = id_](Thread& thread) { thread.readers().credit(id); });
    }

    Thread* thread_;
    asio::any_io_executor executor_;
    Readers::Id id_;
    PartitionReader::Events* events_;  ///< Null: ended.
    std::map<TopicPartition, std::uint64_t> turns_;
    std::uint64_t last_turn_ = 0;
    Tray tray_{true};
};

PartitionReader::PartitionReader(std::shared_ptr<Thread> thread, asio::any_io_executor executor,
                                 Readers::Id id, Events& events)
    : thread_(std::move(thread)),
      id_(id),
      inbox_(std::make_shared<Inbox>(*thread_, std::move(executor), id, events)) {
    ++thread_->counts().readers;
    thread_->post([id, inbox = inbox_](Thread& broker) {
        broker.readers().open(id, [inbox](Delivery delivery) {
            inbox->post([delivery = std::move(delivery)](Inbox& to) mutable {
                to.deliver(std::move(delivery));
            });
        });
    });
}

PartitionReader::~PartitionReader() {
    inbox_->end();
    ++thread_->counts().orphans;
    thread_->post([id = id_](Thread& thread) {
        thread.readers().close(id);
        --thread.counts().readers;
        --thread.counts().orphans;
    });
}

void PartitionReader::add(std::span<const Position> positions) {
    std::vector<Readers::Place> places;
    for (const auto& each : positions) places.push_back(inbox_->add(each));
    thread_->post([id = id_, inbox = inbox_, places = std::move(places)](Thread& thread) {
        auto refusals = thread.readers().add(id, places);
        if (refusals.empty()) return;
        inbox->post([refusals = std::move(refusals)](Inbox& to) { to.refuse(refusals); });
    });
}

void PartitionReader::drop(std::span<const TopicPartition> partitions) {
    for (const auto& each : partitions) inbox_->drop(each);
    thread_->post([id = id_, dropped = std::vector(partitions.begin(), partitions.end())](
                      Thread& thread) { thread.readers().drop(id, dropped); });
}

void PartitionReader::resume() { inbox_->resume(); }

}  // namespace gateway::memory
