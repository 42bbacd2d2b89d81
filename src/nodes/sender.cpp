#include "nodes/sender.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace gateway::nodes {

namespace {

/// At once, and as large as the broker allows.
ProducerOptions make_options() {
    ProducerOptions options;
    options.batch.interval.reset();
    return options;
}

}  // namespace

Sender::Sender(asio::any_io_executor executor, Broker& broker)
    : executor_(std::move(executor)),
      options_(make_options()),
      has_exchanges_(broker.capabilities().exchanges),
      outbox_(executor_, broker, options_, *this),
      patience_(executor_) {}

void Sender::to_queue(std::string_view queue, std::string_view value,
                      std::span<const Header> headers, OnSent done) {
    // The default exchange leads to a queue without declaring it: that is its owner's.
    if (has_exchanges_) {
        return send({.topic = "",
                     .value = value,
                     .headers = headers,
                     .destination = Destination::exchange,
                     .routing_key = queue},
                    std::move(done));
    }
    send({.topic = queue, .value = value, .headers = headers, .destination = Destination::queue},
         std::move(done));
}

void Sender::to_durable_queue(std::string_view queue, std::string_view value, OnSent done) {
    send({.topic = queue, .value = value, .destination = Destination::queue}, std::move(done));
}

void Sender::to_topic(std::string_view topic, std::string_view key,
                      std::optional<std::string_view> value, OnSent done) {
    send({.topic = topic, .key = key, .value = value, .partition = 0}, std::move(done));
}

void Sender::send(OutgoingRecord record, OnSent done) {
    ++unsettled_;
    record.token = ++last_token_;
    if (done) waiting_.emplace(record.token, std::move(done));
    outbox_.add({&record, 1});
}

void Sender::reported(std::span<const Producer::Report> reports) {
    for (const Producer::Report& report : reports) settle(report.token, report.error);
}

void Sender::refused(std::uint32_t token, const Error& error) { settle(token, &error); }

void Sender::settle(std::uint32_t token, const Error* error) {
    if (error) spdlog::debug("nodes: the broker did not take a record: {}", error->message);
    --unsettled_;
    if (auto found = waiting_.extract(token)) found.mapped()(error);
    if (unsettled_ == 0 && done_) flushed();
}

void Sender::flush(std::chrono::milliseconds most, std::function<void()> done) {
    done_ = std::move(done);
    if (unsettled_ == 0) return flushed();
    patience_.set(most, [this] { flushed(); });
}

void Sender::flushed() {
    patience_.cancel();
    // It may flush again.
    std::exchange(done_, nullptr)();
}

}  // namespace gateway::nodes
