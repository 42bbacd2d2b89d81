#include "cluster/cluster.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace gateway::cluster {

namespace {

using services::Told;
using services::WorkerId;
using What = Word::What;

constexpr std::chrono::seconds farewell_time{1};
constexpr const char* retention = "3600000";  // ms: longer than any node needs to read them

TopicSpec spec_of(const Capabilities& capabilities, std::string topic, const char* setting,
                  const char* value) {
    TopicSpec spec{std::move(topic), std::nullopt, std::nullopt, {}};
    if (capabilities.partitions) spec.partitions = 1;
    if (capabilities.topic_settings) spec.config.emplace(setting, value);
    return spec;
}

}  // namespace

Cluster::Cluster(const Around& around)
    : executor_(around.executor),
      broker_(around.broker),
      board_(around.board),
      events_(around.events),
      node_(around.node),
      options_(around.options),
      queue_(topic("node." + around.node.id)),
      sender_(executor_, broker_,
              [this] {
                  if (is_stopping_) finish_stop();
              }),
      presence_(executor_, broker_, sender_,
                {.node = node_.id,
                 .process = node_.process,
                 .queue = queue_,
                 .since = timestamp_now(),
                 .interval = options_.heartbeat.count()},
                {.topic = topic("nodes"),
                 .max_nodes = options_.max_nodes,
                 .name = "services",
                 .looked = [this] { look(); }}),
      roster_(*this, options_.max_services),
      // Later than any of an earlier run of this process could be: there is none, but clocks.
      last_life_(static_cast<std::uint64_t>(timestamp_now())),
      retry_(executor_),
      tell_(executor_),
      tell_again_(executor_),
      events_wait_(executor_) {}

Cluster::~Cluster() = default;

std::string Cluster::topic(std::string_view of) const {
    return fmt::format("{}.{}", options_.topics, of);
}

void Cluster::start() {
    asio::post(executor_, [this] { prepare(); });
}

void Cluster::prepare() {
    const Capabilities capabilities = broker_.capabilities();
    std::vector<TopicSpec> specs{
        spec_of(capabilities, topic("nodes"), "retention.ms", retention),
        spec_of(capabilities, topic("events"), "retention.ms", retention),
        spec_of(capabilities, topic("state"), "cleanup.policy", "compact")};
    if (!capabilities.exchanges) {
        specs.push_back(spec_of(capabilities, queue_, "retention.ms", retention));
    }
    broker_.create_topics(executor_, std::move(specs), nodes::answer_time,
                          [this](const std::vector<std::optional<Error>>& errors) {
                              if (is_stopping_) return;
                              for (const auto& error : errors) {
                                  if (error) return prepare_later(*error);
                              }
                              read_all();
                          });
}

void Cluster::prepare_later(const Error& error) {
    if (std::exchange(trouble_, error.message) != error.message) {
        spdlog::warn("services: cannot make the topics {} of broker {}: {}", topic("*"),
                     broker_.name(), error.message);
    }
    retry_.set(nodes::retry_delay, [this] { prepare(); });
}

void Cluster::read_all() {
    inbox_ = std::make_unique<Inbox>(
        executor_, broker_, queue_, options_, [this](std::string_view record) { hear(record); },
        [this] { became_ready(); });
    read_state();
    read_events();
}

void Cluster::read_state() {
    const bool is_log = broker_.capabilities().positions;
    state_reader_ = std::make_unique<TopicReader>(
        executor_, broker_, topic("state"), is_log ? Start(FromEarliest{}) : Start(FromLatest{}),
        TopicReader::Ears{.record =
                              [this](const Record& record) {
                                  hear_told(record);
                                  return true;
                              },
                          .lost =
                              [this] {
                                  // What is missing is told again to whoever begins anew.
                                  for (auto& [process, peer] : peers_) {
                                      forget_common(process);
                                      begin(process, peer);
                                  }
                              },
                          .ready = [this] { became_ready(); }});
}

void Cluster::read_events() {
    event_reader_ = std::make_unique<TopicReader>(
        executor_, broker_, topic("events"), FromLatest{},
        TopicReader::Ears{
            .record =
                [this](const Record& record) { return hear_events(record.value.value_or("")); },
            .ready = [this] { became_ready(); }});
}

void Cluster::became_ready() {
    if (--not_ready_ > 0 || is_stopping_) return;
    board_.note_changes([this] { tell_later(); });
    presence_.meet([this] {
        spdlog::info("services: other nodes are met by broker {} as {}", broker_.name(),
                     node_.process);
    });
}

// Peers.

void Cluster::look() {
    if (is_stopping_) return;
    const bool hears = presence_.hears_itself(timestamp_now());
    if (hears != std::exchange(hears_, hears)) {
        is_away_ = !hears;
        if (hears) {
            spdlog::info("services: broker {} is there, and so are other nodes", broker_.name());
        } else {
            spdlog::warn("services: broker {} is away: calls go on in this node alone",
                         broker_.name());
        }
    }
    static const nodes::Peers::All nobody;
    const auto& present = hears ? presence_.peers().all() : nobody;
    std::vector<std::string> gone;
    const Timestamp now = timestamp_now();
    for (auto& [process, peer] : peers_) {
        const bool is_new =
            !peer.is_present && hears &&
            now - peer.since <= nodes::Peers::intervals_of_silence * options_.heartbeat.count();
        if (!present.contains(process) && !is_new) gone.push_back(process);
    }
    for (const std::string& process : gone) vanish(process);
    for (const auto& [process, peer] : present) appear(peer.told);
    for (auto& [process, peer] : peers_) {
        if (peer.wants_hello) say_hello(process, peer);
    }
}

void Cluster::appear(const nodes::Announcement& told) {
    Peer& peer = peers_[told.process];
    if (std::exchange(peer.is_present, true)) return;
    spdlog::info("services: node {} is there", told.process);
    peer.queue = told.queue;
    if (peer.link.life() == 0) begin(told.process, peer);
    open_if_met(told.process);
    // A broker that is no log keeps no state: whoever is new is told.
    if (!broker_.capabilities().positions) tell_again();
}

void Cluster::vanish(const std::string& process) {
    spdlog::info("services: node {} has left", process);
    const auto peer = peers_.extract(process);
    forget_common(process);
    // One of those that stay cleans up after it. It tells again if it is alive after all.
    if (!hears_ || (!peers_.empty() && peers_.begin()->first < node_.process)) return;
    for (const std::string& service : roster_.services_of(process)) {
        sender_.to_topic(topic("state"), key_of(process, service), std::nullopt);
    }
}

void Cluster::begin(const std::string& process, Peer& peer) {
    peer.link.begin(++last_life_);
    say_hello(process, peer);
}

void Cluster::say_hello(const std::string& process, Peer& peer) {
    peer.wants_hello = false;
    send(process, {.what = What::hello, .queue = queue_, .seen = peer.link.seen()});
    open_if_met(process);
}

void Cluster::forget_common(const std::string& process) {
    roster_.close(process);
    for (const auto& [job, lent] : std::exchange(lent_[process], {})) board_.leave(lent.call);
    lent_.erase(process);
    open_if_met(process);
}

void Cluster::open_if_met(const std::string& process) {
    const auto found = peers_.find(process);
    if (found == peers_.end()) return;
    const Peer& peer = found->second;
    if (peer.is_present && peer.link.is_open() && !peer.wants_hello) roster_.open(process);
}

// Words.

void Cluster::hear(std::string_view record) {
    const auto word = parse_word(record, outline_);
    if (!word || word->to != node_.process || is_stopping_) return;
    auto found = peers_.find(word->from);
    const bool is_hello = word->what == What::hello;
    if (found == peers_.end()) {
        if (!is_hello || peers_.size() >= options_.max_nodes) return;
        found =
            peers_.emplace(word->from, Peer{.queue = word->queue, .since = timestamp_now()}).first;
    }
    Peer& peer = found->second;
    const Link::Heard heard = peer.link.hear(word->life, word->number, is_hello);
    switch (heard) {
        case Link::Heard::nothing:
            return;
        case Link::Heard::gap:
            spdlog::warn("services: words of node {} were lost; what it has is begun anew",
                         word->from);
            forget_common(word->from);
            return begin(word->from, peer);
        case Link::Heard::beginning:
        case Link::Heard::new_life:
            return hear_hello(*word, peer, heard);
        case Link::Heard::word:
            if (!is_hello) mind(*word);
    }
}

void Cluster::hear_hello(const Word& word, Peer& peer, Link::Heard heard) {
    if (heard == Link::Heard::new_life) forget_common(word.from);
    if (peer.link.life() == 0) {
        begin(word.from, peer);
    } else if (word.seen != peer.link.life()) {
        say_hello(word.from, peer);
    }
    open_if_met(word.from);
    // It does not hear what was told before, or has missed some of it.
    if (heard == Link::Heard::new_life) tell_again();
}

void Cluster::mind(const Word& word) {
    const WorkerId worker = roster_.worker(word.from, word.service);
    switch (word.what) {
        case What::hello:
            return;
        case What::job:
            return take_job(word);
        case What::recall: {
            const auto jobs = lent_.find(word.from);
            if (jobs == lent_.end()) return;
            if (const auto lent = jobs->second.extract(word.job)) {
                board_.leave(lent.mapped().call, word.why);
            }
            return;
        }
        case What::progress:
            // No worker at all would stand for those that poll.
            if (worker == WorkerId::none) return;
            return board_.progress(word.job, worker, word.body, {});
        case What::answer:
            return board_.answer(word.job, worker,
                                 {.body = word.body, .is_failure = word.is_failure}, {});
        case What::give_back:
            roster_.tell_nobody_free(word.from, word.service, word.version);
            return board_.give_back(word.job, worker, word.attempt);
        case What::give_up:
            return board_.give_up(word.job, worker, word.attempt);
    }
}

void Cluster::send(const std::string& process, Word word) {
    Peer& peer = peers_.at(process);
    word.from = node_.process;
    word.to = process;
    word.life = peer.link.life();
    word.number = peer.link.next_number();
    std::string value;
    word.append(value);
    unsettled_bytes_ += value.size();
    if (!is_paused_ && unsettled_bytes_ > options_.max_unsettled_bytes) {
        is_paused_ = true;
        roster_.set_paused(true);
    }
    sender_.to_queue(peer.queue, value, {},
                     [this, process, life = word.life, bytes = value.size()](const Error* error) {
                         settle(bytes);
                         if (!error) return;
                         // It may come from within the call.
                         asio::post(executor_, [this, process, life, error = *error] {
                             send_failed(process, life, error);
                         });
                     });
}

void Cluster::settle(std::size_t bytes) {
    unsettled_bytes_ -= bytes;
    if (is_paused_ && unsettled_bytes_ <= options_.max_unsettled_bytes / 2) {
        is_paused_ = false;
        roster_.set_paused(false);
    }
}

// What was lost is not known to the other: both begin anew.
void Cluster::send_failed(const std::string& process, std::uint64_t life, const Error& error) {
    const auto found = peers_.find(process);
    if (found == peers_.end() || found->second.link.life() != life || is_stopping_) return;
    spdlog::warn("services: node {} was not reached: {}", process, error.message);
    if (error.code == Errc::topic_not_found) {
        presence_.forget(process);
        return look();
    }
    found->second.wants_hello = true;
    forget_common(process);
    found->second.link.begin(++last_life_);
}

// This node's calls, at others.

WorkerId Cluster::join(const std::string& process, const std::string& service) {
    const auto worker = std::make_shared<WorkerId>();
    *worker = board_.join({.service = service, .credit = 0, .is_node = true},
                          {executor_, [this, process, service, worker](services::WorkerWord word) {
                               hear_worker(process, service, *worker, std::move(word));
                           }});
    return *worker;
}

void Cluster::set_credit(WorkerId worker, unsigned credit) { board_.set_credit(worker, credit); }
void Cluster::part(WorkerId worker) { board_.part(worker); }
void Cluster::show(const Told& told) { board_.tell(told); }

void Cluster::hear_worker(const std::string& process, const std::string& service, WorkerId worker,
                          services::WorkerWord word) {
    // What was on its way when it parted is others' already.
    if (roster_.worker(process, service) != worker) return;
    if (auto* job = std::get_if<services::Assignment>(&word)) {
        give(process, std::move(*job));
    } else if (const auto* recall = std::get_if<services::Recall>(&word)) {
        send(process,
             {.what = What::recall, .job = recall->job, .service = service, .why = recall->why});
    } else if (const auto* refusal = std::get_if<Error>(&word)) {
        spdlog::warn("services: workers of node {} for {} are not used: {}", process, service,
                     refusal->message);
    }
}

void Cluster::give(const std::string& process, services::Assignment job) {
    send(process, {.what = What::job,
                   .job = job.job,
                   .attempt = job.attempt,
                   .service = std::move(job.service),
                   .command = std::move(job.command),
                   .timeout = job.lease,
                   .body = std::move(job.body)});
}

// Calls of others, here.

void Cluster::take_job(const Word& word) {
    LentJobs& jobs = lent_[word.from];
    if (const auto former = jobs.find(word.job); former != jobs.end()) {
        board_.leave(former->second.call, Errc::job_expired);
        jobs.erase(former);
    }
    const services::CallId call =
        board_.call({.service = word.service,
                     .command = word.command,
                     .body = word.body,
                     .caller = word.from,
                     .timeout = word.timeout,
                     .lent = word.job,
                     .attempt = word.attempt},
                    {executor_, [this, home = word.from, job = word.job,
                                 attempt = word.attempt](services::CallWord heard) {
                         hear_lent(home, job, attempt, std::move(heard));
                     }});
    jobs.emplace(word.job, Lent{call, word.attempt, word.service});
}

void Cluster::hear_lent(const std::string& home, const Uuid& job, unsigned attempt,
                        services::CallWord word) {
    const auto jobs = lent_.find(home);
    if (jobs == lent_.end()) return;
    const auto found = jobs->second.find(job);
    if (found == jobs->second.end() || found->second.attempt != attempt) return;
    if (auto* progress = std::get_if<services::Progress>(&word)) {
        // Whoever waits for it can do without.
        if (is_paused_) return;
        return send(home, {.what = What::progress,
                           .job = job,
                           .attempt = attempt,
                           .service = found->second.service,
                           .body = std::move(progress->body)});
    }
    auto* outcome = std::get_if<services::Outcome>(&word);
    if (!outcome) return;
    const Lent lent = std::move(found->second);
    jobs->second.erase(found);
    if (!*outcome) return return_job(home, job, lent, outcome->error());
    send(home, {.what = What::answer,
                .job = job,
                .attempt = attempt,
                .service = lent.service,
                .is_failure = outcome->value().is_failure,
                .body = outcome->value().body});
}

void Cluster::return_job(const std::string& home, const Uuid& job, const Lent& lent,
                         const Error& why) {
    Word word{.what = What::give_back,
              .job = job,
              .attempt = lent.attempt,
              .service = lent.service,
              .version = version_};
    switch (why.code) {
        case Errc::job_expired:
            return;  // It ends at home by itself, now.
        case Errc::job_abandoned:
        case Errc::draining:
            word.what = What::give_up;
            break;
        default:
            returned_.insert(lent.service);
            tell_later();
    }
    send(home, std::move(word));
}

// State.

void Cluster::tell_later() {
    if (is_stopping_ || tell_.is_set()) return;
    tell_.set(options_.tell_interval, [this] { tell(); });
}

void Cluster::tell() {
    board_.take_capacities({executor_, [this](const auto& changed) {
                                for (const auto& [service, capacity] : changed)
                                    tell(service, capacity);
                                for (const std::string& service : std::exchange(returned_, {})) {
                                    const auto found = told_.find(service);
                                    if (found == told_.end()) continue;
                                    found->second.version = ++version_;
                                    send_told(found->second);
                                }
                            }});
}

void Cluster::tell(const std::string& service, const services::Capacity& capacity) {
    if (is_stopping_) return;
    returned_.erase(service);
    Told told{.process = node_.process,
              .service = service,
              .version = ++version_,
              .credit = capacity.credit,
              .polls = capacity.polls,
              .workers = capacity.members.size(),
              .members = capacity.members};
    send_told(told);
    if (told.is_empty()) {
        told_.erase(service);
    } else {
        told_[service] = std::move(told);
    }
}

void Cluster::tell_again() {
    if (tell_again_.is_set()) return;
    // Several that appear together are told once.
    tell_again_.set(options_.tell_interval, [this] {
        for (auto& [service, told] : told_) {
            told.version = ++version_;
            send_told(told);
        }
    });
}

void Cluster::send_told(const Told& told) {
    const std::string key = key_of(node_.process, told.service);
    if (told.is_empty()) return sender_.to_topic(topic("state"), key, std::nullopt);
    std::string value;
    if (is_draining_) {
        Told last = told;
        last.credit = 0;
        append_told(value, last, options_);
    } else {
        append_told(value, told, options_);
    }
    sender_.to_topic(topic("state"), key, value);
}

void Cluster::hear_told(const Record& record) {
    auto told = parse_told(record, outline_);
    if (!told || is_stopping_) return;
    if (told->process == node_.process) {
        // Others took this node for gone.
        if (told->is_empty() && told_.contains(told->service)) tell_again();
        return;
    }
    if (roster_.tell(std::move(*told))) return;
    constexpr const char* key = "services.max_node_services";
    if (std::exchange(trouble_, key) == key) return;
    spdlog::warn("services: other nodes have more than {}; some are not used", key);
}

// Events.

bool Cluster::has_room() const { return event_bytes_ < options_.max_unsettled_bytes; }

void Cluster::carry(std::vector<services::Emitted> events) {
    std::string value;
    append_events(value, node_.process, events);
    event_bytes_ += value.size();
    asio::post(executor_, [this, value = std::move(value)] {
        if (not_ready_ > 0 || is_away_ || is_stopping_) {
            event_bytes_ -= value.size();
            return;
        }
        sender_.to_topic(topic("events"), node_.process, value,
                         [this, bytes = value.size()](const Error* error) {
                             event_bytes_ -= bytes;
                             if (error) {
                                 spdlog::debug("services: events were lost: {}", error->message);
                             }
                         });
    });
}

bool Cluster::hear_events(std::string_view record) {
    if (!events_.has_room(record.size())) {
        events_wait_.set(std::chrono::milliseconds(10), [this] { event_reader_->resume(); });
        return false;
    }
    const auto heard = parse_events(record, outline_);
    if (!heard || heard->process == node_.process) return true;
    for (const services::Emitted& event : heard->events) events_.receive(event);
    return true;
}

// The end.

void Cluster::drain() {
    asio::post(executor_, [this] {
        is_draining_ = true;
        tell_again();
    });
}

void Cluster::stop(std::function<void()> done) {
    asio::post(executor_, [this, done = std::move(done)]() mutable {
        is_stopping_ = true;
        stopped_ = std::move(done);
        for (Alarm* alarm : {&retry_, &tell_, &tell_again_, &events_wait_}) alarm->cancel();
        inbox_.reset();
        state_reader_.reset();
        event_reader_.reset();
        if (broker_.status().up) {
            for (const auto& [service, told] : told_) {
                sender_.to_topic(topic("state"), key_of(node_.process, service), std::nullopt);
            }
        }
        presence_.stop();
        if (broker_.status().up) return finish_stop();
        std::exchange(stopped_, nullptr)();
    });
}

void Cluster::finish_stop() {
    if (!stopped_) return;
    const auto done = [this] { std::exchange(stopped_, nullptr)(); };
    if (sender_.unsettled() > 0) {
        if (!retry_.is_set()) retry_.set(farewell_time, done);
        return;
    }
    retry_.cancel();
    done();
}

}  // namespace gateway::cluster
