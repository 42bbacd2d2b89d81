#include "gateway/outbox.hpp"

#include <utility>

namespace gateway {

namespace {

using namespace std::chrono_literals;

/// Beyond what stays in a processor's cache, gathering costs more than it saves.
constexpr std::size_t most_gathered_bytes = 64 << 10;

}  // namespace

Outbox::Outbox(asio::any_io_executor executor, Broker& broker, const ProducerOptions& options,
               Owner& owner)
    : executor_(std::move(executor)),
      broker_(broker),
      options_(options),
      owner_(owner),
      due_(executor_) {}

Outbox::~Outbox() = default;

bool Outbox::is_full() const {
    return is_blocked_ || accumulator_.bytes() >= options_.max_buffered_bytes;
}

void Outbox::add(std::span<const OutgoingRecord> records) {
    accumulator_.add(records);
    if (is_blocked_) return;
    if (accumulator_.waiting().size() >= options_.batch.limit ||
        accumulator_.bytes() >= most_gathered_bytes || is_full()) {
        flush();
    } else if (!due_.is_set()) {
        due_.set(options_.batch.interval.value_or(0ms), [this] {
            flush();
            owner_.moved();
        });
    }
}

void Outbox::flush() {
    due_.cancel();
    if (!is_blocked_ && !accumulator_.is_empty()) accumulator_.take(send(accumulator_.waiting()));
}

std::size_t Outbox::send(std::span<const OutgoingRecord> records) {
    if (!producer_) producer_ = broker_.open_producer(executor_, *this);
    std::size_t done = 0;
    while (done < records.size()) {
        const Producer::Sent sent = producer_->send(records.subspan(done));
        done += sent.taken;
        if (!sent.error) continue;
        if (sent.error->code == Errc::queue_full) {
            is_blocked_ = true;
            break;
        }
        owner_.refused(records[done].token, *sent.error);
        ++done;
    }
    return done;
}

void Outbox::reported(std::span<const Producer::Report> reports) { owner_.reported(reports); }

void Outbox::room() {
    is_blocked_ = false;
    flush();
    owner_.moved();
}

}  // namespace gateway
