#include "deliveries/deliveries.hpp"

#include <chrono>
#include <map>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/header_names.hpp"
#include "deliveries/client_id.hpp"
#include "nodes/times.hpp"
#include "nodes/topic_spec.hpp"
#include "wire/reply.hpp"

namespace gateway::deliveries {

namespace {

constexpr std::size_t max_batch_records = 1000;
constexpr std::size_t max_batch_bytes = 1 << 20;
constexpr std::size_t max_batch_visits = 20000;
constexpr std::size_t forward_overhead = 100;  // bytes: what waits has names of its own
constexpr const char* nodes_retention = "3600000";

void count(Counters::Count& counter, std::size_t more) {
    counter.fetch_add(more, std::memory_order_relaxed);
}

}  // namespace

Deliveries::Deliveries(asio::any_io_executor executor, Broker& broker, std::vector<Shard*> shards,
                       const Node& node, Counters& counters, const Options& options)
    : options_(options),
      executor_(std::move(executor)),
      broker_(broker),
      shards_(std::move(shards)),
      node_(node),
      counters_(counters.deliveries),
      sender_(executor_, broker),
      presence_(executor_, broker, sender_,
                {.node = node.id,
                 .process = node.process,
                 .queue = node.queue,
                 .since = timestamp_now(),
                 .interval = options.heartbeat.count()},
                {.topic = nodes_topic, .max_nodes = options.max_nodes, .name = "deliveries"}),
      reader_(options),
      reports_(sender_, options, counters_),
      retry_(executor_),
      everyone_(max_batch_visits),
      of_a_user_(max_batch_visits) {}

Deliveries::~Deliveries() = default;

void Deliveries::start() {
    asio::post(executor_, [this] { prepare(); });
}

void Deliveries::prepare() {
    const Capabilities capabilities = broker_.capabilities();
    std::vector<TopicSpec> specs{
        nodes::shared_topic(capabilities, nodes_topic, {{"retention.ms", nodes_retention}})};
    if (!capabilities.exchanges) {
        const std::string expiry = std::to_string(options_.expiry.count());
        specs.push_back(nodes::shared_topic(capabilities, instances_queue));
        specs.push_back(nodes::shared_topic(capabilities, node_.queue, {{"retention.ms", expiry}}));
    }
    broker_.create_topics(executor_, std::move(specs), nodes::answer_time,
                          [this](const std::vector<std::optional<Error>>& errors) {
                              if (is_stopping_) return;
                              for (const auto& error : errors) {
                                  if (error) return prepare_later(*error);
                              }
                              consume();
                              presence_.meet([this] { met(); });
                          });
}

void Deliveries::met() {
    has_met_ = true;
    if (consumer_) consumer_->resume();
}

void Deliveries::prepare_later(const Error& error) {
    warn("cannot make", error);
    retry_.set(nodes::retry_delay, [this] { prepare(); });
}

// Once for each reason: it is tried again every few seconds.
void Deliveries::warn(std::string_view what, const Error& error) {
    if (std::exchange(trouble_, error.message) == error.message) return;
    spdlog::warn("deliveries: {} {} of broker {}: {}", what, node_.queue, broker_.name(),
                 error.message);
}

void Deliveries::consume() {
    const Capabilities capabilities = broker_.capabilities();
    Consumer::Options options{.topics = {node_.queue}, .group = node_.queue};
    options.headers = true;
    options.queue = true;
    options.queue_expiry = options_.expiry;
    if (capabilities.positions) options.start = FromEarliest{};
    auto consumer = broker_.open_consumer(executor_, std::move(options), *this);
    if (!consumer) return failed(consumer.error());
    consumer_ = std::move(*consumer);
}

void Deliveries::live(std::span<const Position>) {
    trouble_.clear();
    if (std::exchange(is_announced_, true)) return;
    spdlog::info("deliveries: {} of broker {} is consumed", node_.queue, broker_.name());
    sender_.to_durable_queue(instances_queue, node_.queue, [](const Error* error) {
        if (!error) return;
        spdlog::warn("deliveries: not registered in {}: {}", instances_queue, error->message);
    });
}

void Deliveries::failed(const Error& error) {
    warn("cannot consume", error);
    is_announced_ = false;
    if (is_stopping_) return;
    retry_.set(nodes::retry_delay, [this] {
        consumer_.reset();
        prepare();
    });
}

void Deliveries::lost(const Lost& lost) {
    if (lost.next < lost.wanted) {
        spdlog::warn("deliveries: {} was made anew, and is read from its beginning", node_.queue);
        return;
    }
    spdlog::warn("deliveries: {} messages of {} were gone before they were read",
                 lost.next - lost.wanted, node_.queue);
}

std::size_t Deliveries::records(std::span<const Record> records) {
    // Before it has met the others, clients of theirs would be told to be gone.
    if (batch_ || is_stopping_ || !has_met_) return 0;
    batch_ = std::make_unique<Batch>();
    std::size_t taken = 0;
    while (taken < records.size() && taken < max_batch_records && batch_->bytes < max_batch_bytes &&
           batch_->visits < max_batch_visits) {
        const Record& record = records[taken++];
        batch_->next.note(record.topic, record.partition, record.offset + 1);
        batch_->bytes += record.value.value_or("").size();
        read(record);
    }
    go_round(shards_, executor_, batch_->errands,
             [this](const std::vector<Outcome>& outcomes) { returned(outcomes); });
    forward_waiting();
    return taken;
}

void Deliveries::read(const Record& record) {
    auto message = reader_.read(record);
    if (message) return distribute(std::move(*message));
    count(counters_.bad, 1);
    spdlog::debug("deliveries: {}", message.error().message);
    reports_.add(return_of(record), message.error(), {});
}

void Deliveries::distribute(Message message) {
    std::vector<std::string> unknown;
    std::map<const nodes::Peers::Peer*, std::vector<std::string>> elsewhere;
    if ((message.to_all || !message.users.empty()) && !message.is_forwarded) {
        for (const auto& [process, peer] : presence_.peers().all()) elsewhere[&peer];
    }
    Errand errand{.users = message.users, .to_all = message.to_all};
    Task task{.is_only_here = !message.is_forwarded && elsewhere.empty(),
              .reply_to = message.reply_to,
              .correlation_id = message.correlation_id};
    for (std::string& client : message.clients) {
        const auto id = ClientId::parse(client);
        const bool may_travel = id && !message.is_forwarded;
        const nodes::Peers::Peer* const peer =
            may_travel ? presence_.peers().find(id->process) : nullptr;
        if (id && id->process == node_.process) {
            errand.numbers.push_back(id->number);
            task.clients.push_back(std::move(client));
        } else if (peer) {
            elsewhere[peer].push_back(std::move(client));
        } else {
            unknown.push_back(std::move(client));
        }
    }
    reports_.add_unknown({message.reply_to, message.correlation_id}, unknown);
    if (!elsewhere.empty()) {
        message.clients.clear();
        const auto shared = std::make_shared<const Message>(message);
        for (auto& [peer, clients] : elsewhere) {
            forward_later({shared, peer->told.process, peer->told.queue, std::move(clients)});
        }
    }
    if (errand.numbers.empty() && errand.users.empty() && !errand.to_all) return;
    batch_->visits += errand.numbers.size() + errand.users.size() * of_a_user_;
    if (errand.to_all) batch_->visits += everyone_;
    errand.delivery = {.payload = std::move(message.payload),
                       .refid = refid_of(message.correlation_id)};
    batch_->errands->push_back(std::move(errand));
    batch_->tasks.push_back(std::move(task));
}

void Deliveries::forward_later(Forward forward) {
    batch_->bytes += forward.message->payload.size() + forward_overhead;
    ++batch_->missing;
    batch_->forwards.push_back(std::move(forward));
}

void Deliveries::forward_waiting() {
    // What the broker refuses at once comes back from within.
    if (std::exchange(batch_->is_forwarding, true)) return;
    while (!batch_->forwards.empty() && batch_->unsettled_bytes < options_.max_unsettled_bytes) {
        Forward next = std::move(batch_->forwards.front());
        batch_->forwards.pop_front();
        send(std::move(next));
    }
    batch_->is_forwarding = false;
    if (batch_->missing == 0) finish_batch();
}

void Deliveries::send(Forward forward) {
    const auto message = forward.message;
    std::string value;
    append_message(value, forward.clients, message->users, message->payload);
    const std::string& correlation_id = message->correlation_id;
    const std::string& reply_to = message->reply_to;
    std::vector<Header> headers{{forwarded_header, node_.process}};
    if (!correlation_id.empty()) headers.push_back({correlation_header, correlation_id});
    if (!reply_to.empty()) headers.push_back({reply_header, reply_to});
    batch_->unsettled_bytes += value.size();
    count(counters_.forwarded, 1);
    const std::string queue = forward.queue;
    sender_.to_queue(
        queue, value, headers,
        [this, forward = std::move(forward), bytes = value.size()](const Error* error) {
            batch_->unsettled_bytes -= bytes;
            if (error) not_forwarded(*error, forward);
            settle();
        });
}

void Deliveries::not_forwarded(const Error& error, const Forward& forward) {
    count(counters_.failed, 1);
    const Return where{forward.message->reply_to, forward.message->correlation_id};
    if (error.code != Errc::topic_not_found) {
        const auto& users = forward.message->users;
        if (!forward.clients.empty()) reports_.add(where, error, forward.clients);
        if (!users.empty()) reports_.add(where, error, users, Reports::Named::users);
        return;
    }
    presence_.forget(forward.process);
    reports_.add_unknown(where, forward.clients);
}

void Deliveries::returned(const std::vector<Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        Task& task = batch_->tasks[i];
        const Errand& errand = (*batch_->errands)[i];
        const Outcome& outcome = outcomes[i];
        if (errand.to_all) everyone_ = outcome.all.visited();
        count(counters_.delivered, outcome.all.delivered);
        count(counters_.dropped, outcome.all.dropped);
        returned_from_clients(task, outcome);
        if (!errand.users.empty()) returned_from_users(task, errand, outcome);
    }
    settle();
}

void Deliveries::returned_from_clients(Task& task, const Outcome& outcome) {
    std::vector<std::string> unknown;
    std::vector<std::string> unread;
    for (std::size_t k = 0; k < outcome.fates.size(); ++k) {
        if (outcome.fates[k] == Errand::Fate::delivered) continue;
        auto& list = outcome.fates[k] == Errand::Fate::unknown ? unknown : unread;
        list.push_back(std::move(task.clients[k]));
    }
    count(counters_.delivered, outcome.fates.size() - unknown.size() - unread.size());
    count(counters_.dropped, unread.size());
    reports_.add_unknown({task.reply_to, task.correlation_id}, unknown);
    dropped(task, unread, Reports::Named::clients);
}

void Deliveries::returned_from_users(const Task& task, const Errand& errand,
                                     const Outcome& outcome) {
    std::vector<std::string> unknown;
    std::vector<std::string> unread;
    Outcome::Tally all;
    for (std::size_t k = 0; k < errand.users.size(); ++k) {
        const Outcome::Tally& tally = outcome.users[k];
        all.add(tally);
        if (tally.visited() == 0) unknown.push_back(errand.users[k]);
        if (tally.dropped > 0) unread.push_back(errand.users[k]);
    }
    of_a_user_ = 1 + all.visited() / errand.users.size();
    count(counters_.delivered, all.delivered);
    count(counters_.dropped, all.dropped);
    if (task.is_only_here) {
        reports_.add_unknown({task.reply_to, task.correlation_id}, unknown, Reports::Named::users);
    }
    dropped(task, unread, Reports::Named::users);
}

void Deliveries::dropped(const Task& task, std::span<const std::string> names,
                         Reports::Named named) {
    if (names.empty()) return;
    reports_.add({task.reply_to, task.correlation_id},
                 Error(Errc::limit_reached, "these clients do not read what they are sent"), names,
                 named);
}

void Deliveries::settle() {
    --batch_->missing;
    forward_waiting();
}

void Deliveries::finish_batch() {
    const auto done = std::exchange(batch_, nullptr);
    if (consumer_) {
        consumer_->commit(done->next.noted());
        if (!is_stopping_) consumer_->resume();
    }
    if (is_stopping_) finish_stop();
}

void Deliveries::stop(std::function<void()> done) {
    asio::post(executor_, [this, done = std::move(done)]() mutable {
        is_stopping_ = true;
        stopped_ = std::move(done);
        retry_.cancel();
        presence_.stop();
        if (broker_.status().up) return finish_stop();
        consumer_.reset();
        std::exchange(stopped_, nullptr)();
    });
}

void Deliveries::finish_stop() {
    if (batch_) return;
    if (consumer_ && !std::exchange(is_closing_, true)) {
        consumer_->close([this] {
            is_closed_ = true;
            finish_stop();
        });
    }
    if (consumer_ && !is_closed_) return;
    if (!stopped_) return;
    sender_.flush(nodes::farewell_time, std::exchange(stopped_, nullptr));
}

void Deliveries::list(asio::any_io_executor executor,
                      std::function<void(const std::string&)> done) {
    asio::post(executor_, [this, executor = std::move(executor), done = std::move(done)]() mutable {
        asio::post(executor, [done = std::move(done), list = presence_.list()] { done(list); });
    });
}

}  // namespace gateway::deliveries
