#include "memory/producer.hpp"

#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "memory/entry.hpp"

namespace gateway::memory {

/// The half of a producer that blocks come back to; it may be the last to know that its owner is
/// gone. For the producer's executor only.
class Producer::Outbox {
public:
    Outbox(Events& events, std::size_t max_bytes) : events_(&events), max_bytes_(max_bytes) {}

    /// An empty outbox has room for anything, so that no record waits for ever.
    [[nodiscard]] bool has_room(std::size_t bytes) const {
        return bytes_ == 0 || bytes_ + bytes <= max_bytes_;
    }

    void add(std::size_t bytes) { bytes_ += bytes; }
    void refused() { ++rooms_due_; }
    void end() { events_ = nullptr; }

    void back(const Block& block) {
        bytes_ -= block.cost();
        if (!events_) return;

        reports_.clear();
        for (const auto& item : block.items) {
            reports_.push_back({.token = item.token,
                                .topic = block.topics[item.topic],
                                .partition = item.partition,
                                .offset = item.offset,
                                .error = item.error == Block::Item::no_error
                                             ? nullptr
                                             : &block.errors[item.error]});
        }
        events_->reported(reports_);
        while (events_ && rooms_due_ > 0 && bytes_ <= max_bytes_ / 2) {
            --rooms_due_;
            events_->room();
        }
    }

private:
    Events* events_;  ///< Null: ended.
    std::size_t max_bytes_;
    std::size_t bytes_ = 0;  ///< Under way.
    std::size_t rooms_due_ = 0;
    std::vector<Report> reports_;
};

Producer::Producer(std::shared_ptr<Thread> thread, asio::any_io_executor executor,
                   const Options& options, Events& events)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      max_record_bytes_(options.max_record_bytes),
      outbox_(std::make_shared<Outbox>(events, options.max_queue_bytes)) {
    ++thread_->counts().producers;
}

Producer::~Producer() {
    outbox_->end();
    ++thread_->counts().orphans;
    thread_->post([](Thread& thread) {
        --thread.counts().producers;
        --thread.counts().orphans;
    });
}

Producer::Sent Producer::send(std::span<const OutgoingRecord> records) {
    Sent sent;
    std::size_t bytes = 0;
    for (const auto& record : records) {
        if (record.destination == Destination::exchange) {
            sent.error = Error(Errc::not_supported, "the embedded broker has topics alone");
            break;
        }
        if (payload_size(record) > max_record_bytes_) {
            sent.error = Error(Errc::record_too_large,
                               fmt::format("a record has at most {} bytes of key, value and "
                                           "headers (memory.max_record_bytes)",
                                           max_record_bytes_));
            break;
        }
        if (!outbox_->has_room(Block::cost(record))) {
            outbox_->refused();
            sent.error = Error(Errc::queue_full);
            break;
        }
        outbox_->add(Block::cost(record));
        bytes += entry_size(record);
        ++sent.taken;
    }
    if (sent.taken == 0) return sent;

    thread_->post([outbox = outbox_, executor = executor_,
                   block = Block(records.first(sent.taken), bytes)](Thread& thread) mutable {
        thread.store().append(block, timestamp_now());
        wake(thread.store().take_touched());
        asio::post(executor,
                   [outbox = std::move(outbox), block = std::move(block)] { outbox->back(block); });
    });
    return sent;
}

}  // namespace gateway::memory
