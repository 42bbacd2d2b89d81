#include "cluster/cluster.hpp"

#include <optional>
#include <utility>
#include <variant>

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "nodes/times.hpp"
#include "nodes/topic_spec.hpp"
#include "services/failure.hpp"

namespace gateway::cluster {

namespace {

using services::Told;
using services::WorkerId;
using What = Word::What;

constexpr const char* retention = "3600000";  // ms: longer than any node needs to read them

}  // namespace

Cluster::Cluster(const Around& around)
    : executor_(around.executor),
      broker_(around.broker),
      board_(around.board),
      node_(around.node),
      options_(around.options),
      queue_(topic("node." + around.node.id)),
      sender_(executor_, broker_),
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
      state_({.executor = executor_,
              .broker = broker_,
              .sender = sender_,
              .board = board_,
              .node = node_,
              .options = options_,
              .topic = topic("state")},
             {.told = [this](Told told) { hear_told(std::move(told)); },
              // What is missing is told again to whoever begins anew.
              .lost = [this] { begin_all_anew(); },
              .ready = [this] { became_ready(); }}),
      events_({.executor = executor_,
               .broker = broker_,
               .sender = sender_,
               .events = around.events,
               .node = node_,
               .options = options_,
               .topic = topic("events")}),
      roster_(*this, options_.max_services),
      lent_(executor_, board_, *this, state_),
      questions_(executor_, board_, *this, node_, options_),
      // Later than any of an earlier run of this process could be: there is none, but clocks.
      last_life_(static_cast<std::uint64_t>(timestamp_now())),
      retry_(executor_) {
    board_.set_far_jobs(questions_);
}

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
        nodes::shared_topic(capabilities, topic("nodes"), {{"retention.ms", retention}}),
        nodes::shared_topic(capabilities, topic("events"), {{"retention.ms", retention}}),
        nodes::shared_topic(capabilities, topic("state"), {{"cleanup.policy", "compact"}})};
    if (!capabilities.exchanges) {
        specs.push_back(nodes::shared_topic(capabilities, queue_, {{"retention.ms", retention}}));
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
    warn(Trouble::topics, fmt::format("cannot make the topics {} of broker {}: {}", topic("*"),
                                      broker_.name(), error.message));
    retry_.set(nodes::retry_delay, [this] { prepare(); });
}

void Cluster::warn(Trouble about, std::string what) {
    std::string& said = said_.at(static_cast<std::size_t>(about));
    if (what == said) return;
    spdlog::warn("services: {}", what);
    said = std::move(what);
}

void Cluster::read_all() {
    inbox_ = std::make_unique<Inbox>(
        executor_, broker_, queue_, options_,
        Inbox::Ears{.record = [this](std::string_view record) { hear(record); },
                    .lost = [this] { begin_all_anew(); },
                    .ready = [this] { became_ready(); }});
    state_.read();
    events_.read([this] { became_ready(); });
}

void Cluster::became_ready() {
    if (--not_ready_ > 0 || is_stopping_) return;
    state_.begin();
    events_.set_open(true);
    presence_.meet([this] {
        has_met_ = true;
        look();
        spdlog::info("services: other nodes are met by broker {} as {}", broker_.name(),
                     node_.process);
    });
}

// Peers.

void Cluster::look() {
    if (is_stopping_) return;
    const bool hears = presence_.hears_itself(timestamp_now());
    if (hears != std::exchange(hears_, hears)) {
        events_.set_open(hears);
        if (hears) {
            spdlog::info("services: broker {} is there, and so are other nodes", broker_.name());
        } else {
            spdlog::warn("services: broker {} is away: calls go on in this node alone",
                         broker_.name());
        }
    }
    questions_.set_away(!hears || !has_met_);
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
    // Beyond the limit there may be others that are there.
    const bool knows_all = presence_.peers().all().size() < options_.max_nodes;
    if (hears && has_met_ && knows_all) clear_silent(now);
}

void Cluster::appear(const nodes::Announcement& told) {
    Peer& peer = peers_[told.process];
    if (std::exchange(peer.is_present, true)) return;
    spdlog::info("services: node {} is there", told.process);
    peer.queue = told.queue;
    questions_.open(told.process);
    if (peer.link.life() == 0) begin(told.process, peer);
    open_if_met(told.process);
    // A broker that is no log keeps no state: whoever is new is told.
    if (!broker_.capabilities().positions) state_.tell_again();
}

void Cluster::vanish(const std::string& process) {
    spdlog::info("services: node {} has left", process);
    const auto peer = peers_.extract(process);
    forget_common(process);
    questions_.close(process);
    if (hears_) clear(process);
}

// One of those that stay cleans up after it. It tells again if it is alive after all.
void Cluster::clear(const std::string& process) {
    if (!peers_.empty() && peers_.begin()->first < node_.process) return;
    state_.clear(process, roster_.services_of(process));
}

// What stands in the topic of a node that died while nobody was there to see it.
void Cluster::clear_silent(Timestamp now) {
    std::map<std::string, Timestamp> silent;
    for (const std::string& process : roster_.closed()) {
        if (peers_.contains(process)) continue;
        const auto known = silent_.find(process);
        const Timestamp since = known == silent_.end() ? now : known->second;
        if (now - since <= nodes::Peers::intervals_of_silence * options_.heartbeat.count()) {
            silent.emplace(process, since);
            continue;
        }
        clear(process);
        roster_.forget(process);
    }
    silent_ = std::move(silent);
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
    lent_.forget(process);
    questions_.fail(process);
    open_if_met(process);
}

void Cluster::open_if_met(const std::string& process) {
    const auto found = peers_.find(process);
    if (found == peers_.end()) return;
    const Peer& peer = found->second;
    if (peer.is_present && peer.link.is_open() && !peer.wants_hello) roster_.open(process);
}

void Cluster::begin_all_anew() {
    if (is_stopping_) return;
    for (auto& [process, peer] : peers_) {
        forget_common(process);
        begin(process, peer);
    }
}

// Words.

void Cluster::hear(std::string_view record) {
    const auto word = parse_word(record, outline_);
    if (!word) return warn(Trouble::words, queue_ + " has something that no server says");
    if (word->to != node_.process || is_stopping_) return;
    auto found = peers_.find(word->from);
    const bool is_hello = word->what == What::hello;
    if (found == peers_.end()) {
        if (!is_hello || peers_.size() >= options_.max_nodes) return;
        found =
            peers_.emplace(word->from, Peer{.queue = word->queue, .since = timestamp_now()}).first;
        questions_.open(word->from);
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
    if (heard == Link::Heard::new_life) state_.tell_again();
}

void Cluster::mind(const Word& word) {
    const WorkerId worker = roster_.worker(word.from, word.service);
    switch (word.what) {
        case What::hello:
            return;
        case What::job:
            return lent_.take(word);
        case What::recall:
            return lent_.recall(word);
        case What::progress:
            // No worker at all would stand for those that poll.
            if (worker == WorkerId::none) return;
            return board_.progress(word.job, worker, word.body, {});
        case What::answer:
            return board_.answer(word.job, worker,
                                 {.body = word.body, .is_failure = word.is_failure}, {});
        case What::ask:
            return questions_.take(word);
        case What::told:
            return questions_.hear(word);
        case What::give_back:
            roster_.tell_nobody_free(word.from, word.service, word.version);
            return board_.give_back(word.job, worker, word.attempt);
        case What::give_up:
            return board_.give_up(word.job, worker, word.attempt);
    }
}

std::optional<Error> Cluster::send(const std::string& process, Word word) {
    const auto found = peers_.find(process);
    if (found == peers_.end() || is_stopping_) return std::nullopt;
    Peer& peer = found->second;
    word.from = node_.process;
    word.to = process;
    word.life = peer.link.life();
    word.number = peer.link.next_number();
    std::string value;
    word.append(value);
    if (value.size() > options_.max_record_bytes) {
        return Error(Errc::record_too_large,
                     fmt::format("this takes {} bytes to another server, and "
                                 "services.max_record_bytes is {}",
                                 value.size(), options_.max_record_bytes));
    }
    unsettled_bytes_ += value.size();
    if (!is_paused_ && unsettled_bytes_ > options_.max_unsettled_bytes) {
        is_paused_ = true;
        roster_.set_paused(true);
    }
    sending_ = ++last_send_;
    sender_.to_queue(peer.queue, value, {},
                     [this, process, life = word.life, bytes = value.size(),
                      send = sending_](const Error* error) {
                         settle(bytes);
                         if (!error) return;
                         if (send == sending_ && error->code == Errc::record_too_large) {
                             refused_ = *error;
                             return;
                         }
                         asio::post(executor_, [this, process, life, error = *error] {
                             send_failed(process, life, error);
                         });
                     });
    sending_ = 0;
    // What the broker has refused from within the call has no number: others follow it.
    if (refused_) return std::exchange(refused_, std::nullopt);
    peer.link.sent();
    return std::nullopt;
}

bool Cluster::reaches(const std::string& process) const {
    const auto found = peers_.find(process);
    return found != peers_.end() && found->second.link.life() != 0 && !found->second.wants_hello;
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
    *worker = board_.join({.service = service, .credit = 0, .is_stand_in = true},
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
    const WorkerId worker = roster_.worker(process, job.service);
    const auto refusal = send(process, {.what = What::job,
                                        .job = job.job,
                                        .attempt = job.attempt,
                                        .service = std::move(job.service),
                                        .command = std::move(job.command),
                                        .timeout = job.lease,
                                        .body = std::move(job.body)});
    if (refusal) board_.answer(job.job, worker, services::failure_of(*refusal), {});
}

void Cluster::hear_told(Told told) {
    if (roster_.tell(std::move(told))) return;
    warn(Trouble::services,
         "other nodes have more than services.max_node_services; some are not used");
}

// The end.

void Cluster::drain() {
    asio::post(executor_, [this] { state_.drain(); });
}

void Cluster::stop(std::function<void()> done) {
    asio::post(executor_, [this, done = std::move(done)]() mutable {
        is_stopping_ = true;
        retry_.cancel();
        inbox_.reset();
        events_.stop();
        questions_.stop();
        if (broker_.status().up) {
            // First what jobs were answered: who hears of the farewell gives them to others.
            return sender_.flush(
                nodes::farewell_time / 2,
                [this, done = std::move(done)]() mutable { take_leave(std::move(done)); });
        }
        state_.stop(false);
        presence_.stop();
        done();
    });
}

void Cluster::take_leave(std::function<void()> done) {
    state_.stop(true);
    presence_.stop();
    sender_.flush(nodes::farewell_time / 2, std::move(done));
}

}  // namespace gateway::cluster
