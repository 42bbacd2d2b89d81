#include "nodes/presence.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace gateway::nodes {

namespace {

using std::chrono::milliseconds;

/// Several servers that appear together are answered once.
constexpr milliseconds courtesy{50};

/// What others answer after that should be here.
constexpr milliseconds time_to_meet{1000};

}  // namespace

Presence::Presence(asio::any_io_executor executor, Broker& broker, Sender& sender,
                   Announcement self, Options options)
    : executor_(std::move(executor)),
      broker_(broker),
      sender_(sender),
      self_(std::move(self)),
      options_(std::move(options)),
      interval_(self_.interval),
      peers_(options_.max_nodes),
      beat_(executor_),
      meeting_(executor_) {}

void Presence::meet(std::function<void()> done) {
    if (has_met_) return done();
    done_ = std::move(done);
    if (reader_) return;
    reader_ = std::make_unique<TopicReader>(executor_, broker_, options_.name, options_.topic,
                                            FromLatest{},
                                            TopicReader::Ears{.record =
                                                                  [this](const Record& record) {
                                                                      hear(record);
                                                                      return true;
                                                                  },
                                                              .ready = [this] { listens(); }});
}

void Presence::listens() {
    beat();
    meeting_.set(std::min(time_to_meet, interval_), [this] { met(); });
}

void Presence::met() {
    has_met_ = true;
    if (done_) std::exchange(done_, nullptr)();
}

void Presence::stop() {
    beat_.cancel();
    meeting_.cancel();
    reader_.reset();
    self_.is_leaving = true;
    if (broker_.status().up) announce();
}

void Presence::beat() {
    announce();
    look();
    beat_.set(interval_, [this] { beat(); });
}

void Presence::look() {
    if (options_.looked) options_.looked();
}

bool Presence::hears_itself(Timestamp now) const {
    return heard_ != 0 && now - heard_ <= Peers::intervals_of_silence * self_.interval;
}

void Presence::announce() {
    std::string value;
    self_.append(value);
    sender_.to_topic(options_.topic, self_.process, value);
}

void Presence::hear(const Record& record) {
    const auto told = Announcement::parse(record.value.value_or(""));
    if (!told) return;
    if (told->process == self_.process) {
        heard_itself();
    } else {
        heard(*told);
    }
}

void Presence::heard_itself() {
    const Timestamp last = std::exchange(heard_, timestamp_now());
    if (last == 0) return;
    const Timestamp away = heard_ - last - self_.interval;
    if (away > 0) peers_.excuse(away);
    peers_.expire(heard_);
    look();
}

void Presence::heard(const Announcement& told) {
    const auto warn = [this](bool& has_warned, std::string_view what) {
        if (!std::exchange(has_warned, true)) spdlog::warn("{}: {}", options_.name, what);
    };
    const Peers::Change change = peers_.tell(told, timestamp_now());
    look();
    switch (change) {
        case Peers::Change::none:
            return;
        case Peers::Change::is_new:
            beat_.set(std::min(courtesy, interval_), [this] { beat(); });
            break;
        case Peers::Change::is_one_too_many:
            warn(has_warned_of_many_,
                 fmt::format("there are more servers than {}.max_nodes; some get nothing from here",
                             options_.name));
            break;
    }
    if (told.queue == self_.queue) {
        warn(has_warned_of_names_,
             "another server consumes the same queue, and each loses what the other takes: give "
             "every one a node.id of its own");
    }
}

std::string Presence::list() const {
    std::string out = "[";
    append_peer(out, {self_, timestamp_now(), 0}, true);
    for (const auto& [process, peer] : peers_.all()) {
        out += ',';
        append_peer(out, peer, false);
    }
    out += ']';
    return out;
}

}  // namespace gateway::nodes
