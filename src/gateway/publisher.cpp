#include "gateway/publisher.hpp"

#include <utility>

#include <fmt/format.h>

#include "wire/reply.hpp"

namespace gateway {

namespace {

template <typename Record>
std::size_t size_of(const Record& send) {
    std::size_t bytes = send.key.value_or("").size() + send.value.value_or("").size();
    for (const Header& header : send.headers) {
        bytes += header.name.size() + header.value.value_or("").size();
    }
    return bytes;
}

}  // namespace

Publisher::Publisher(asio::any_io_executor executor, const Brokers& brokers,
                     const ProducerOptions& options, Outlet& outlet, Owner& owner)
    : executor_(std::move(executor)),
      brokers_(brokers),
      options_(options),
      outlet_(outlet),
      owner_(owner) {}

Publisher::~Publisher() = default;

Outbox& Publisher::outbox_of(Broker& broker) {
    for (const auto& outbox : outboxes_) {
        if (&outbox->broker() == &broker) return *outbox;
    }
    Outbox::Owner& self = *this;
    return *outboxes_.emplace_back(std::make_unique<Outbox>(executor_, broker, options_, self));
}

std::optional<Error> Publisher::refusal_of(std::size_t bytes) const {
    if (bytes <= options_.max_record_bytes) return std::nullopt;
    return Error(Errc::record_too_large,
                 fmt::format("the record has {} bytes; producer.max_record_bytes is {}", bytes,
                             options_.max_record_bytes));
}

Result<OutgoingRecord> Publisher::record_of(const Send& send, Outbox*& outbox) {
    const auto address = brokers_.find(send.topic);
    if (!address) return address.error();
    if (const auto refusal = refusal_of(size_of(send))) return *refusal;
    outbox = &outbox_of(*address->broker);
    return OutgoingRecord{.topic = address->topic,
                          .key = send.key,
                          .value = send.value,
                          .headers = send.headers,
                          .partition = send.partition,
                          .timestamp = send.timestamp};
}

void Publisher::add(const Request& request, const Sends& sends) {
    std::shared_ptr<ArrayOfSends> array;
    if (sends.is_array) {
        array = std::make_shared<ArrayOfSends>(
            ArrayOfSends{std::string(request.id), request.type, request.action, false,
                         sends.records.size(), std::vector<SendOutcome>(sends.records.size())});
        for (const Send& send : sends.records) array->ack |= send.ack;
    }
    std::uint32_t index = 0;
    for (const Send& send : sends.records) {
        PendingSend pending{.id = array ? std::string() : std::string(request.id),
                            .action = request.action,
                            .ack = send.ack,
                            .array = array,
                            .index = index++};
        Outbox* outbox = nullptr;
        auto record = record_of(send, outbox);
        if (!record) {
            settle(std::move(pending), {.topic = std::string(send.topic), .error = record.error()});
            continue;
        }
        if (outbox != gathered_for_) {
            dispatch();
            gathered_for_ = outbox;
        }
        record->token = pending_.add(std::move(pending));
        gathered_.push_back(*record);
    }
}

void Publisher::dispatch() {
    if (gathered_.empty()) return;
    gathered_for_->add(gathered_);
    gathered_.clear();
    if (gathered_.capacity() > 1024) gathered_.shrink_to_fit();
}

void Publisher::route(const Request& request, std::span<const RoutedRecord> records, bool ack) {
    // What was gathered for the same broker comes before it.
    dispatch();
    const auto array = std::make_shared<ArrayOfSends>(
        ArrayOfSends{std::string(request.id), request.type, request.action, ack, records.size(),
                     std::vector<SendOutcome>(records.size())});
    std::uint32_t index = 0;
    for (const RoutedRecord& routed : records) {
        PendingSend pending{.array = array, .index = index++};
        const auto refusal = routed.error ? routed.error : refusal_of(size_of(routed.record));
        if (refusal) {
            settle(std::move(pending), {.error = *refusal});
            continue;
        }
        OutgoingRecord record = routed.record;
        record.token = pending_.add(std::move(pending));
        outbox_of(*routed.broker).add({&record, 1});
    }
}

void Publisher::flush() {
    for (const auto& outbox : outboxes_) outbox->flush();
}

bool Publisher::is_full() const {
    if (pending_.size() >= options_.max_unacknowledged) return true;
    for (const auto& outbox : outboxes_) {
        if (outbox->is_full()) return true;
    }
    return false;
}

bool Publisher::is_handed_over() const {
    for (const auto& outbox : outboxes_) {
        if (!outbox->is_empty()) return false;
    }
    return true;
}

void Publisher::reported(std::span<const Producer::Report> reports) {
    for (const Producer::Report& report : reports) {
        PendingSend send = pending_.take(report.token);
        if (!send.array && !report.error) {
            if (!send.ack) continue;
            append_acknowledged(outlet_.reply(),
                                {outlet_.next_id(), send.id, Type::notif, send.action},
                                report.topic, report.partition, report.offset);
            continue;
        }
        SendOutcome outcome{std::string(report.topic), report.partition, report.offset, {}};
        if (report.error) outcome.error = *report.error;
        settle(std::move(send), std::move(outcome));
    }
    owner_.publisher_moved();
}

void Publisher::refused(std::uint32_t token, const Error& error) {
    settle(pending_.take(token), {.topic = {}, .error = error});
}

void Publisher::moved() { owner_.publisher_moved(); }

void Publisher::settle(PendingSend send, SendOutcome outcome) {
    if (!send.array) {
        append_failure(outlet_.reply(), {outlet_.next_id(), send.id, Type::notif, send.action},
                       *outcome.error);
        return;
    }
    send.array->outcomes[send.index] = std::move(outcome);
    if (--send.array->unsettled == 0) answer(*send.array);
}

void Publisher::answer(const ArrayOfSends& array) {
    const Error* failure = nullptr;
    std::string results = "[";
    for (const SendOutcome& outcome : array.outcomes) {
        if (results.size() > 1) results += ',';
        if (outcome.error) {
            if (!failure) failure = &*outcome.error;
            append_error(results, *outcome.error);
        } else {
            append_position(results, outcome.topic, outcome.partition, outcome.offset);
        }
    }
    results += ']';
    if (failure) {
        append_failure(outlet_.reply(), {outlet_.next_id(), array.id, array.type, array.action},
                       *failure, results);
    } else if (array.ack) {
        append_reply(outlet_.reply(), {outlet_.next_id(), array.id, array.type, array.action},
                     results);
    }
}

}  // namespace gateway
