#include "bridges/bridge.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/header_names.hpp"
#include "nodes/times.hpp"
#include "services/failure.hpp"
#include "wire/reply.hpp"

namespace gateway::bridges {

namespace {

using services::Assignment;
using services::text_of;
using services::Uuid;

constexpr std::string_view progress_header = "progress";
constexpr std::chrono::milliseconds replies_expiry{300000};  ///< Of a queue that nobody reads.

std::string_view header_of(const Record& record, std::string_view name) {
    const auto found = std::ranges::find(record.headers, name, &Header::name);
    return found == record.headers.end() ? "" : found->value.value_or("");
}

bool has_header(const Record& record, std::string_view name) {
    return std::ranges::find(record.headers, name, &Header::name) != record.headers.end();
}

/// A queue of its own, or the topic beside that of the requests, unless another is wanted.
std::string replies_of(const Options& options, const std::string& own, bool has_queues) {
    if (!options.replies.empty()) return options.replies;
    return has_queues ? own : options.requests + ".replies";
}

}  // namespace

Bridge::Bridge(asio::any_io_executor executor, Broker& broker, services::Switchboard& switchboard,
               const Node& node, Options options)
    : options_(std::move(options)),
      executor_(std::move(executor)),
      broker_(broker),
      switchboard_(switchboard),
      group_(fmt::format("kafka-ws.{}.{}.{}", node.process, options_.service, options_.requests)),
      replies_(replies_of(options_, group_, broker.capabilities().exchanges)),
      sender_(executor_, broker),
      retry_(executor_) {}

Bridge::~Bridge() = default;

void Bridge::start() {
    asio::post(executor_, [this] { prepare(); });
}

void Bridge::prepare() {
    if (broker_.capabilities().exchanges) return consume();
    std::vector<TopicSpec> specs{{options_.requests, {}, {}, {}}, {replies_, {}, {}, {}}};
    broker_.create_topics(executor_, std::move(specs), nodes::answer_time,
                          [this](const std::vector<std::optional<Error>>& errors) {
                              if (is_stopping_) return;
                              for (const auto& error : errors) {
                                  if (error) return failed(*error);
                              }
                              consume();
                          });
}

void Bridge::consume() {
    Consumer::Options options{.topics = {replies_}, .group = group_};
    options.headers = true;
    options.queue = true;
    if (replies_ == group_) options.queue_expiry = replies_expiry;
    auto consumer = broker_.open_consumer(executor_, std::move(options), *this);
    if (!consumer) return failed(consumer.error());
    consumer_ = std::move(*consumer);
}

void Bridge::live(std::span<const Position>) {
    spdlog::info("services: {} is at {} of broker {}", options_.service, options_.requests,
                 broker_.name());
    is_live_ = true;
    retry_.cancel();
    if (worker_ == services::WorkerId::none) return join();
    go_on();
}

void Bridge::failed(const Error& error) {
    is_live_ = false;
    pause(error);
    if (is_stopping_) return;
    retry_.set(nodes::retry_delay, [this] {
        consumer_.reset();
        prepare();
    });
}

void Bridge::join() {
    worker_ = switchboard_.join(
        {.service = options_.service, .credit = options_.credit, .is_stand_in = true},
        {executor_, [this](const services::WorkerWord& word) { heard(word); }});
}

void Bridge::pause(const Error& why) {
    warn("cannot be reached", why);
    switchboard_.set_credit(worker_, 0);
}

void Bridge::go_on() { switchboard_.set_credit(worker_, options_.credit); }

// Once for each reason: it is tried again every few seconds.
void Bridge::warn(std::string_view what, const Error& error) {
    if (std::exchange(trouble_, error.message) == error.message) return;
    spdlog::warn("services: {} at {} of broker {} {}: {}", options_.service, options_.requests,
                 broker_.name(), what, error.message);
}

void Bridge::heard(const services::WorkerWord& word) {
    if (is_stopping_) return;
    if (const auto* job = std::get_if<Assignment>(&word)) return send(*job);
    if (const auto* recall = std::get_if<services::Recall>(&word)) {
        jobs_.erase(recall->job);
    } else if (const auto* error = std::get_if<Error>(&word)) {
        warn("is refused", *error);
        worker_ = services::WorkerId::none;
        retry_.set(nodes::retry_delay, [this] { join(); });
    }
}

void Bridge::send(const Assignment& job) {
    const std::string id = to_string(job.job);
    const std::string attempt = std::to_string(job.attempt);
    const std::string timeout = std::to_string(job.lease.count());
    std::vector<Header> headers{{correlation_header, id},
                                {reply_header, replies_},
                                {content_type_header, "application/json"},
                                {"service", job.service},
                                {"attempt", attempt},
                                {"timeout", timeout}};
    if (!job.command.empty()) headers.push_back({"command", job.command});

    jobs_.emplace(job.job, job.attempt);
    sender_.to_queue(options_.requests, *job.body, headers,
                     [this, id = job.job](const Error* error) { sent(id, error); });
}

void Bridge::sent(const Uuid& job, const Error* error) {
    if (!error) {
        trouble_.clear();
        return;
    }
    if (!jobs_.contains(job)) return;
    if (error->code == Errc::record_too_large) return fail(job, *error);
    pause(*error);
    switchboard_.give_back(job, worker_, jobs_.extract(job).mapped());
    if (is_live_ && !is_stopping_) retry_.set(nodes::retry_delay, [this] { go_on(); });
}

std::size_t Bridge::records(std::span<const Record> records) {
    for (const Record& record : records) {
        read(record);
        next_.note(record.topic, record.partition, record.offset + 1);
    }
    consumer_->commit(next_.take());
    return records.size();
}

// Other servers share the topic: what is answered to them is not ours.
void Bridge::read(const Record& record) {
    const auto job = services::parse_uuid(header_of(record, correlation_header));
    if (!job || !jobs_.contains(*job)) return;
    const std::string_view value = record.value.value_or("");
    if (!json_.is_json(value)) {
        return fail(*job, Error(Errc::invalid_payload, "the service's reply is not JSON"));
    }
    if (has_header(record, progress_header)) {
        return switchboard_.progress(*job, worker_, text_of(value), {executor_, {}});
    }
    answer(*job, {.body = text_of(value), .is_failure = services::is_failure(object_, value)});
}

void Bridge::lost(const Lost& lost) {
    spdlog::warn("services: replies of {} were gone before they were read: {} {} to {}",
                 options_.service, lost.topic, lost.wanted, lost.next);
}

void Bridge::answer(const Uuid& job, services::Answer answer) {
    jobs_.erase(job);
    switchboard_.answer(job, worker_, std::move(answer), {executor_, {}});
}

void Bridge::fail(const Uuid& job, const Error& error) { answer(job, services::failure_of(error)); }

void Bridge::stop(std::function<void()> done) {
    asio::post(executor_, [this, done = std::move(done)]() mutable {
        is_stopping_ = true;
        retry_.cancel();
        switchboard_.part(worker_);
        if (!consumer_ || !broker_.status().up) return done();
        consumer_->close(std::move(done));
    });
}

}  // namespace gateway::bridges
