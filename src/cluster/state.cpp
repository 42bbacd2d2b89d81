#include "cluster/state.hpp"

#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "cluster/telling.hpp"
#include "nodes/times.hpp"

namespace gateway::cluster {

using services::Told;

State::State(Around around, Ears ears)
    : around_(std::move(around)),
      ears_(std::move(ears)),
      tell_(around_.executor),
      tell_again_(around_.executor),
      withdraw_(around_.executor),
      retry_(around_.executor) {}

void State::read() {
    const bool is_log = around_.broker.capabilities().positions;
    reader_ = std::make_unique<nodes::TopicReader>(
        around_.executor, around_.broker, "services", around_.topic,
        is_log ? Start(FromEarliest{}) : Start(FromLatest{}),
        nodes::TopicReader::Ears{.record =
                                     [this](const Record& record) {
                                         hear(record);
                                         return true;
                                     },
                                 .lost = ears_.lost,
                                 .ready = ears_.ready});
}

void State::begin() {
    around_.board.note_changes([this] { take_later(); });
}

void State::take_later() {
    if (is_stopped_ || tell_.is_set()) return;
    tell_.set(around_.options.tell_interval, [this] { take(); });
}

void State::take() {
    around_.board.take_capacities(
        around_.options.max_told_workers,
        {around_.executor, [this](const auto& changed) {
             if (is_stopped_) return;
             for (const auto& [service, capacity] : changed) tell(service, capacity);
             for (const std::string& service : std::exchange(returned_, {})) {
                 const auto found = told_.find(service);
                 if (found == told_.end()) continue;
                 found->second.version = ++version_;
                 send(service);
             }
         }});
}

void State::tell(const std::string& service, const services::Capacity& capacity) {
    returned_.erase(service);
    const bool was_told = told_.contains(service);
    Told told{.process = around_.node.process,
              .service = service,
              .version = ++version_,
              .credit = capacity.credit,
              .polls = capacity.polls,
              .workers = capacity.workers,
              .members = capacity.members};
    if (told.is_empty() && !was_told) return;
    faded_.erase(service);
    fading_.erase(service);
    const bool fades = told.is_empty();
    told_[service] = std::move(told);
    send(service);
    if (fades) fade(service);
}

// Withdrawn not at once: the word on a job that somebody there had is still on its way in the
// queues. Of very many, the first go earlier.
void State::fade(const std::string& service) {
    fading_.insert(service);
    if (fading_.size() + faded_.size() > around_.options.max_services) return withdraw();
    if (!withdraw_.is_set()) withdraw_.set(nodes::answer_time, [this] { withdraw(); });
}

void State::withdraw() {
    for (const std::string& service : std::exchange(faded_, std::exchange(fading_, {}))) {
        told_.erase(service);
        send(service);
    }
    if (!faded_.empty()) withdraw_.set(nodes::answer_time, [this] { withdraw(); });
}

void State::tell_again() {
    if (is_stopped_ || tell_again_.is_set()) return;
    // Several that appear together are told once.
    tell_again_.set(around_.options.tell_interval, [this] {
        for (auto& [service, told] : told_) {
            told.version = ++version_;
            waiting_.insert(service);
        }
        send_waiting();
    });
}

void State::tell_again(const std::string& service) {
    returned_.insert(service);
    take_later();
}

void State::drain() {
    is_draining_ = true;
    tell_again();
}

void State::send(const std::string& service) {
    waiting_.insert(service);
    send_waiting();
}

void State::send_waiting() {
    // What the broker refuses at once comes back from within.
    if (std::exchange(is_sending_, true)) return;
    while (!waiting_.empty() && unsettled_bytes_ < around_.options.max_unsettled_bytes &&
           !retry_.is_set()) {
        const std::string service = std::move(waiting_.extract(waiting_.begin()).value());
        send_now(service);
    }
    is_sending_ = false;
}

void State::send_now(const std::string& service) {
    std::optional<std::string> value;
    if (const auto found = told_.find(service); found != told_.end()) {
        Told last = found->second;
        if (is_draining_) last.credit = 0;
        append_told(value.emplace(), last, around_.options);
    }
    const std::string key = key_of(around_.node.process, service);
    const std::size_t bytes = key.size() + (value ? value->size() : 0);
    unsettled_bytes_ += bytes;
    around_.sender.to_topic(around_.topic, key, value, [this, service, bytes](const Error* error) {
        sent(service, bytes, error);
    });
}

void State::sent(const std::string& service, std::size_t bytes, const Error* error) {
    unsettled_bytes_ -= bytes;
    if (is_stopped_) return;
    if (error) {
        if (!std::exchange(is_in_trouble_, true)) {
            spdlog::warn("services: other nodes are not told of {}: {}", service, error->message);
        }
        waiting_.insert(service);
        if (!retry_.is_set()) retry_.set(nodes::retry_delay, [this] { send_waiting(); });
    }
    is_in_trouble_ = error != nullptr;
    send_waiting();
}

void State::hear(const Record& record) {
    auto told = parse_told(record, outline_);
    if (!told) return;
    if (told->process != around_.node.process) return ears_.told(*std::move(told));
    // Others took this node for gone.
    const auto own = told_.find(told->service);
    if (told->is_withdrawn() && own != told_.end() && !own->second.is_empty()) tell_again();
}

void State::clear(const std::string& process, const std::vector<std::string>& services) {
    for (const std::string& service : services) {
        around_.sender.to_topic(around_.topic, key_of(process, service), std::nullopt);
    }
}

void State::stop(bool says_so) {
    is_stopped_ = true;
    for (Alarm* alarm : {&tell_, &tell_again_, &withdraw_, &retry_}) alarm->cancel();
    reader_.reset();
    if (!says_so) return;
    for (const auto& [service, told] : told_) {
        around_.sender.to_topic(around_.topic, key_of(around_.node.process, service), std::nullopt);
    }
}

}  // namespace gateway::cluster
