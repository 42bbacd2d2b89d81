#include "kasocki/client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "kasocki/door.hpp"
#include "kasocki/find_starts.hpp"
#include "wire/escape.hpp"

namespace gateway::kasocki {

namespace {

constexpr std::chrono::milliseconds retry_pause{1000};
constexpr std::size_t packet_overhead = 64;
constexpr std::size_t longest_name = 64;

/// What JavaScript takes for false.
bool is_nothing(std::string_view json) {
    return json == "null" || json == "false" || json == "0" || json == R"("")";
}

Failure failure_of(const Error& error) {
    switch (error.code) {
        case Errc::topic_not_found:
        case Errc::not_authorized:
            return {Kind::topic_not_available, error};
        case Errc::invalid_topic:
        case Errc::partition_not_found:
        case Errc::offset_out_of_range:
            return {Kind::invalid_topic, error};
        default:
            return {Kind::kasocki, error};
    }
}

std::string place_of(std::string_view topic, std::int32_t partition) {
    std::string out = R"("topic":)";
    append_string(out, topic);
    return out + fmt::format(R"(,"partition":{})", partition);
}

}  // namespace

struct Client::Verb {
    std::string_view name;
    void (Client::*perform)(const Asked& asked);
};

const std::array<Client::Verb, 6> Client::verbs{{
    {"subscribe", &Client::subscribe},
    {"filter", &Client::filter},
    {"consume", &Client::consume},
    {"start", &Client::start},
    {"stop", &Client::stop},
    {"disconnect", &Client::disconnect},
}};

Client::Client(Door& door, socketio::Peer& peer)
    : door_(door), peer_(peer), again_(door.shard().executor), deadline_(door.shard().executor) {}

Client::~Client() = default;

template <typename Work>
auto Client::guarded(Work work) {
    return [weak = weak_from_this(), work = std::move(work)](const auto& result) {
        const auto self = weak.lock();
        if (self && !self->is_closing_) work(*self, result);
    };
}

void Client::connected() { list(); }

void Client::list() {
    door_.catalog().list(
        guarded([](Client& self, const Result<Topics>& topics) { self.listed(topics); }));
}

void Client::listed(const Result<Topics>& topics) {
    if (!topics) {
        report({Kind::kasocki, topics.error()});
        return again_.set(retry_pause, [this] { list(); });
    }
    emit("ready", topics->to_json());
    go_on();
}

void Client::received(const socketio::Event& event) {
    const auto verb = std::ranges::find(verbs, event.name, &Verb::name);
    const std::string_view unknown = event.name.size() > longest_name ? "" : event.name;
    Asked asked{.name = verb == verbs.end() ? unknown : verb->name,
                .argument = std::string(event.arguments.empty() ? "null" : event.arguments.front()),
                .ack = event.ack};
    if (verb == verbs.end()) {
        return refuse(
            asked, {Kind::kasocki,
                    Error(Errc::unknown_action,
                          "the events are subscribe, filter, consume, start, stop, disconnect")});
    }
    if (is_closing_) {
        return refuse(asked, {Kind::already_closing,
                              Error(Errc::draining, "this connection is closing; connect again")});
    }
    if (event.is_binary) {
        return refuse(asked, {Kind::kasocki, Error(Errc::binary_not_supported,
                                                   "arguments are JSON without binary values")});
    }
    if (!is_busy_ || verb->perform == &Client::disconnect) return perform(asked);
    if (waiting_.size() >= door_.shard().options.requests.max_in_flight ||
        waiting_bytes_ >= max_bytes()) {
        return refuse(asked, {Kind::kasocki, Errc::too_many_requests});
    }
    waiting_bytes_ += asked.argument.size();
    waiting_.push_back(std::move(asked));
}

void Client::perform(const Asked& asked) {
    (this->*std::ranges::find(verbs, asked.name, &Verb::name)->perform)(asked);
}

void Client::go_on() {
    is_busy_ = false;
    while (!is_busy_ && !is_closing_ && !waiting_.empty()) {
        const Asked asked = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= asked.argument.size();
        perform(asked);
    }
}

void Client::subscribe(const Asked& asked) {
    const std::string topics = detail("topics", asked.argument);
    if (is_subscribed()) {
        return refuse(asked, {Kind::already_subscribed,
                              Error(Errc::already_subscribed,
                                    "a client subscribes once; connect again to subscribe anew"),
                              topics});
    }
    auto wanted = parse_wanted(asked.argument, door_.shard().options.consumer.max_topics);
    if (!wanted) return refuse(asked, {Kind::invalid_topic, wanted.error(), topics});
    is_busy_ = true;
    subscribing_ = Subscribing{.asked = asked, .wanted = std::move(*wanted)};
    door_.catalog().list(
        guarded([](Client& self, const Result<Topics>& found) { self.choose(found); }));
}

void Client::choose(const Result<Topics>& topics) {
    const Wanted& wanted = subscribing_->wanted;
    if (!topics) return settle(Failure{Kind::kasocki, topics.error()});
    if (const auto failure = check(wanted, *topics)) return settle(failure);
    if (wanted.assignments.empty()) return open(plan_topics(wanted, *topics));
    Shard& shard = door_.shard();
    find_starts(door_.broker(), shard.executor, shard.options.requests.timeout, wanted.assignments,
                guarded([](Client& self, const Result<Cursor>& starts) {
                    if (!starts) return self.settle(failure_of(starts.error()));
                    self.open(plan_assignments(self.subscribing_->wanted, *starts));
                }));
}

void Client::open(Plan plan) {
    subscribing_->answer = std::move(plan.answer);
    Shard& shard = door_.shard();
    stream_ = std::make_unique<Stream>(shard, std::move(plan.options), door_.writer(),
                                       static_cast<Stream::Owner&>(*this));
    stream_->set_filter(filter_);
    deadline_.set(shard.options.consumer.join_timeout, [this] {
        stream_.reset();
        settle(Failure{Kind::kasocki,
                       Error(Errc::request_timeout,
                             "the subscription was not live within consumer.join_timeout")});
    });
    if (const auto error = stream_->open()) {
        stream_.reset();
        settle(failure_of(*error));
    }
}

void Client::settle(const std::optional<Failure>& failure) {
    deadline_.cancel();
    const Subscribing done = std::move(*subscribing_);
    subscribing_.reset();
    if (failure) {
        refuse(done.asked, *failure);
    } else {
        answer(done.asked, done.answer);
    }
    go_on();
}

void Client::filter(const Asked& asked) {
    std::shared_ptr<const Filter> filter;
    if (!is_nothing(asked.argument)) {
        auto compiled = door_.shard().filters.compile(asked.argument);
        if (!compiled) {
            return refuse(
                asked, {Kind::invalid_filter, compiled.error(), detail("filter", asked.argument)});
        }
        filter = std::move(*compiled);
    }
    filter_ = filter;
    if (stream_) stream_->set_filter(filter);
    answer(asked, filter ? std::string_view(asked.argument) : "null");
}

std::optional<Failure> Client::obstacle() const {
    if (!is_subscribed()) {
        return Failure{Kind::not_subscribed, Error(Errc::not_subscribed, "subscribe first")};
    }
    return std::nullopt;
}

void Client::consume(const Asked& asked) {
    if (const auto failure = obstacle()) return refuse(asked, *failure);
    if (consumes_.size() >= door_.shard().options.requests.max_in_flight) {
        return refuse(asked, {Kind::kasocki, Errc::too_many_requests});
    }
    consumes_.push_back({.name = asked.name, .argument = {}, .ack = asked.ack});
    stream_->go_on();
}

void Client::start(const Asked& asked) {
    if (is_running_) {
        return refuse(
            asked, {Kind::already_started, Error(Errc::already_started, "it has started already")});
    }
    if (const auto failure = obstacle()) return refuse(asked, *failure);
    is_running_ = true;
    answer(asked);
    stream_->go_on();
}

void Client::stop(const Asked& asked) {
    is_running_ = false;
    answer(asked);
}

void Client::disconnect(const Asked& asked) {
    answer(asked);
    end();
    peer_.disconnect();
}

void Client::close() {
    if (is_closing_) return;
    end();
    peer_.close(CloseCode::going_away);
}

void Client::disconnected() {
    end();
    door_.remove(*this);
}

void Client::end() {
    is_closing_ = true;
    again_.cancel();
    deadline_.cancel();
    stream_.reset();
}

void Client::stream_live() { settle(std::nullopt); }

bool Client::takes_message() const {
    return !is_closing_ && (is_running_ || !consumes_.empty()) && under_way_bytes_ < max_bytes();
}

void Client::message(std::string_view json) {
    if (consumes_.empty()) return emit("message", json);
    const Asked asked = std::move(consumes_.front());
    consumes_.pop_front();
    answer(asked, json);
}

void Client::not_a_message(const Record& record) {
    report(
        {Kind::invalid_message,
         Error(Errc::malformed_message,
               fmt::format("the value of the record is not a JSON object, or its field \"{}\" is "
                           "none; it is passed over",
                           door_.writer().field())),
         place_of(record.topic, record.partition) + fmt::format(R"(,"offset":{})", record.offset)});
}

void Client::stream_lost(const Lost& lost) {
    report(
        {Kind::kasocki,
         Error(Errc::offset_out_of_range,
               "records that were to come are not kept any more; it goes on behind them"),
         place_of(lost.topic, lost.partition) + fmt::format(R"(,"from":{},"to":{},"latest":{})",
                                                            lost.wanted, lost.next, lost.latest)});
}

void Client::stream_failed(const Error& error) {
    const Failure failure = failure_of(error);
    if (subscribing_) return settle(failure);
    is_running_ = false;
    const auto consumes = std::exchange(consumes_, {});
    if (consumes.empty()) return report(failure);
    for (const Asked& asked : consumes) refuse(asked, failure);
}

void Client::answer(const Asked& asked, std::string_view result) {
    if (asked.ack) acknowledge(*asked.ack, fmt::format("null,{}", result));
}

void Client::refuse(const Asked& asked, const Failure& failure) {
    const std::string error = to_json(failure, asked.name);
    if (asked.ack) acknowledge(*asked.ack, error + ",null");
    emit("err", error);
}

void Client::report(const Failure& failure) { emit("err", to_json(failure)); }

void Client::emit(std::string_view name, std::string_view argument) {
    peer_.emit(name, argument);
    sent(argument.size());
}

void Client::acknowledge(std::uint64_t ack, std::string_view arguments) {
    peer_.acknowledge(ack, arguments);
    sent(arguments.size());
}

void Client::sent(std::size_t bytes) {
    under_way_.push_back(bytes + packet_overhead);
    under_way_bytes_ += under_way_.back();
    update_reading();
}

void Client::written(std::size_t count) {
    for (; count > 0; --count) {
        under_way_bytes_ -= under_way_.front();
        under_way_.pop_front();
    }
    update_reading();
    if (stream_ && under_way_bytes_ < max_bytes() / 2) stream_->go_on();
}

void Client::update_reading() {
    const bool may_read = under_way_bytes_ < 2 * max_bytes();
    if (may_read == is_reading_) return;
    is_reading_ = may_read;
    if (may_read) {
        peer_.resume_reading();
    } else {
        peer_.pause_reading();
    }
}

std::size_t Client::max_bytes() const { return door_.shard().options.max_buffered_bytes; }

}  // namespace gateway::kasocki
