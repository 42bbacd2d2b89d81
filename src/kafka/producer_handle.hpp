#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "broker/producer.hpp"
#include "broker/record.hpp"
#include "kafka/handle.hpp"
#include "kafka/partition_looks.hpp"
#include "kafka/queue_event.hpp"
#include "kafka/topic_cache.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// One of librdkafka's producers, and the sessions' producers that send through it: one, or all
/// that a shard has beyond the limit of dedicated ones.
///
/// Each of them has a slot here, which with the record's token makes the 64 bits that come back
/// with a delivery report: a record costs no allocation. A slot is used again once all its records
/// are reported.
///
/// It ends by itself when nobody sends through it and everything is reported, which librdkafka
/// promises within `message.timeout.ms`. Call it on its executor, but for what says otherwise: that
/// is the shard's until its last sender is gone, then, as an orphan, one of the workers'.
class ProducerHandle : public std::enable_shared_from_this<ProducerHandle> {
public:
    using Slot = std::uint32_t;

    /// Who keeps it. It is told on the handle's executor, of each once.
    class Keeper {
    public:
        /// Nobody sends through it any more; it goes on on another executor.
        virtual void orphaned(const ProducerHandle& handle, asio::any_io_executor executor) = 0;

        /// It takes this topic for one that does not exist, until somebody asks for its metadata.
        virtual void missed(const std::shared_ptr<rd_kafka_t>& handle, std::string_view topic) = 0;

        /// Has the handle hear of this topic's partitions; `done` is called on a worker, or never
        /// where no worker is left.
        virtual void look(std::shared_ptr<rd_kafka_t> handle, std::string topic,
                          std::function<void()> done) = 0;

        /// It has ended; the rest is for the workers to destroy.
        virtual void ended(const ProducerHandle& handle, std::shared_ptr<rd_kafka_t> rest) = 0;

    protected:
        ~Keeper() = default;
    };

    /// Throws std::system_error if no descriptor is left.
    [[nodiscard]] static std::shared_ptr<ProducerHandle> open(asio::any_io_executor executor,
                                                              Workers::Strand orphanage,
                                                              Handle handle, std::size_t max_topics,
                                                              std::weak_ptr<Keeper> keeper);

    /// From now on `events` hears of what is sent through the slot.
    [[nodiscard]] Slot attach(Producer::Events& events);

    /// Its events end at once; what it sent is still delivered.
    void detach(Slot slot);

    /// As Producer::send. Stops with no error at a record that it cannot take since the handle is
    /// broken: see is_broken. Once it has ended, it answers draining.
    [[nodiscard]] Producer::Sent send(Slot slot, std::span<const OutgoingRecord> records);

    /// librdkafka has declared it unusable: it takes no more records, and what it still has is
    /// reported as failed. A fresh handle has to go on.
    [[nodiscard]] bool is_broken() const { return broken_; }

    /// It has ended, or is about to: nothing may attach.
    [[nodiscard]] bool is_ended() const { return !handle_; }

    /// Nobody sends through it any more: nothing may attach. Any thread may ask.
    [[nodiscard]] bool is_orphan() const { return orphan_; }

    /// Takes no more, and ends as soon as everything is reported.
    void retire();

    /// Fails everything that is not delivered yet. The reports follow.
    void abandon();

    ~ProducerHandle();

private:
    struct Attached {
        Producer::Events* events = nullptr;
        std::size_t outstanding = 0;
        std::size_t refusals = 0;  ///< `room()` is owed so many times.
        std::size_t waits = 0;     ///< The same, once a topic's partitions are known.
        std::vector<Producer::Report> reports;
    };

    ProducerHandle(Workers::Strand orphanage, Handle handle, std::size_t max_topics,
                   std::weak_ptr<Keeper> keeper);

    void listen(asio::any_io_executor executor);

    [[nodiscard]] rd_kafka_resp_err_t produce(const OutgoingRecord& record, void* opaque);

    /// Gives librdkafka in one call what may follow a record of this topic that it has taken, and
    /// cannot be refused but for lack of room. Returns how many it took, from the first on.
    [[nodiscard]] std::size_t produce_run(Slot slot, std::string_view topic,
                                          std::span<const OutgoingRecord> records);

    [[nodiscard]] Producer::Sent refuse(Slot slot, std::size_t taken);

    /// Whether a record for a partition that is not known is to wait, since that may be new.
    [[nodiscard]] bool waits_for_look(Slot slot, std::string_view topic);
    void look_answered(const std::string& topic);  ///< On any thread.
    void looked(const std::string& topic);
    void end_waits();
    void stop_looking();

    [[nodiscard]] QueueEvent::Left drain();
    [[nodiscard]] std::size_t take_reports(rd_kafka_event_t* event);
    void note_error(rd_kafka_event_t* event);
    void note_missing(rd_kafka_resp_err_t code, std::string_view topic);
    void break_down();
    [[nodiscard]] const Error* error_of(rd_kafka_resp_err_t code);
    void offer_room();
    void settle();

    Workers::Strand orphanage_;
    std::weak_ptr<Keeper> keeper_;
    std::shared_ptr<rd_kafka_t> handle_;  ///< Also a worker's, while it asks for metadata.
    std::optional<TopicCache> topics_;
    std::shared_ptr<QueueEvent> event_;

    std::deque<Attached> slots_;
    std::vector<Slot> free_slots_;
    std::size_t attached_ = 0;
    std::size_t outstanding_ = 0;
    bool broken_ = false;
    bool retired_ = false;
    bool draining_ = false;
    std::atomic<bool> orphan_ = false;

    bool full_ = false;         ///< librdkafka's queue was, and has not drained far enough since.
    std::size_t full_at_ = 0;   ///< Records outstanding then.
    std::deque<Slot> refused_;  ///< Whom `room()` is owed, in order.

    PartitionLooks looks_;
    std::mutex looking_mutex_;
    asio::any_io_executor looking_;  ///< Where answers are posted; empty once it may be gone.

    std::vector<const rd_kafka_message_t*> messages_;
    std::vector<Slot> reporting_;
    std::map<rd_kafka_resp_err_t, Error> errors_;
};

}  // namespace gateway::kafka
