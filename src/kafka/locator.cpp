#include "kafka/locator.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "kafka/error.hpp"
#include "kafka/place.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view about = "asking where partitions begin and end";
constexpr std::chrono::milliseconds patience = 5s;  ///< With one question; a new one follows.
constexpr std::chrono::milliseconds pause = 200ms;  ///< After an answer that may be better soon.
constexpr std::chrono::milliseconds refresh_time = 2s;  ///< To hear of new leaders, before that.
constexpr int unknown_tries = 20;  ///< Until a partition's leader has heard of it.

// In the place of a time, in Kafka's ListOffsets request.
constexpr Timestamp latest = -1;
constexpr Timestamp earliest = -2;

/// What the leaders said, or what is wrong with one partition or with all.
template <typename Value>
struct Said {
    Value value{};
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string about{};
};

/// An offset for each partition: -1 where no record has this time or a later one.
Said<std::vector<std::int64_t>> offsets_at(rd_kafka_t* handle,
                                           const std::vector<TopicPartition>& partitions,
                                           Timestamp time, Clock::time_point deadline) {
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& [topic, partition] : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = time;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const auto code = rd_kafka_offsets_for_times(handle, list.get(),
                                                 static_cast<int>(std::max(left, 0ms).count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return {.code = code, .about = std::string(about)};

    Said<std::vector<std::int64_t>> said;
    for (const auto& each : each_of(list)) {
        if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return {.code = each.err,
                    .about = fmt::format("topic \"{}\", partition {}", each.topic, each.partition)};
        }
        said.value.push_back(each.offset);
    }
    return said;
}

/// `start` is where `time` is, if one is asked for.
Said<std::vector<Located>> locate_ends(rd_kafka_t* handle,
                                       const std::vector<TopicPartition>& partitions,
                                       std::optional<Timestamp> time) {
    const auto deadline = Clock::now() + patience;
    // In this order, so that a record sent in between is after the start, and one deleted before.
    auto ends = offsets_at(handle, partitions, latest, deadline);
    if (ends.code != RD_KAFKA_RESP_ERR_NO_ERROR) return {.code = ends.code, .about = ends.about};
    Said<std::vector<std::int64_t>> starts;
    if (time) starts = offsets_at(handle, partitions, std::max<Timestamp>(*time, 0), deadline);
    if (starts.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {.code = starts.code, .about = starts.about};
    }
    auto begins = offsets_at(handle, partitions, earliest, deadline);
    if (begins.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {.code = begins.code, .about = begins.about};
    }

    Said<std::vector<Located>> said;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const auto begin = begins.value[i];
        auto end = std::max(ends.value[i], begin);
        auto start = begin;
        if (time) {
            start = starts.value[i] < 0 ? end : starts.value[i];
            if (starts.value[i] >= end) end = starts.value[i] + 1;
        }
        said.value.push_back({.topic = partitions[i].topic,
                              .partition = partitions[i].partition,
                              .earliest = begin,
                              .latest = end,
                              .start = start});
    }
    return said;
}

std::optional<Timestamp> time_of(const Start& start) {
    const auto* from = std::get_if<FromTime>(&start);
    return from != nullptr ? std::optional(from->at) : std::nullopt;
}

}  // namespace

void Locator::locate(asio::any_io_executor executor, std::vector<std::string> topics, Start start,
                     std::chrono::milliseconds timeout, Done done) {
    const auto deadline = Clock::now() + timeout;
    auto names = topics;
    catalog_.find(
        executor, std::move(topics), timeout,
        [this, executor, names = std::move(names), start = std::move(start), deadline,
         done = std::move(done)](const Catalog::Answer& answer) mutable {
            if (!answer) return done(answer.error());
            std::vector<TopicPartition> partitions;
            for (const auto& name : names) {
                const auto count = (*answer)->at(name);
                for (std::int32_t i = 0; i < count; ++i) partitions.push_back({name, i});
            }
            std::sort(partitions.begin(), partitions.end());
            partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
            locate(executor, std::move(partitions), std::move(start), left, std::move(done));
        });
}

void Locator::locate(asio::any_io_executor executor, std::vector<TopicPartition> partitions,
                     Start start, std::chrono::milliseconds timeout, Done done) {
    auto caller = std::make_shared<Caller<Answer>>(std::move(executor), Clock::now() + timeout,
                                                   std::move(done));
    caller->wait(to_error(RD_KAFKA_RESP_ERR__TRANSPORT, about));
    if (partitions.empty()) return caller->answer(place(start, {}));

    const Question question(std::move(partitions), time_of(start));
    const std::lock_guard lock(mutex_);
    if (stopped_) return caller->answer(Error(Errc::draining));
    waiting_[question].push_back({std::move(caller), std::move(start)});
    if (open_.insert(question).second) workers_.post([this, question] { ask(question); });
}

void Locator::ask(const Question& question) {
    {
        const std::lock_guard lock(mutex_);
        auto& waiting = waiting_[question];
        const auto now = Clock::now();
        std::erase_if(waiting, [now](const auto& each) { return each.caller->deadline() <= now; });
        if (waiting.empty()) {
            waiting_.erase(question);
            open_.erase(question);
            return;
        }
        asking_[question] = std::exchange(waiting, {});
    }

    const auto said = locate_ends(handle_.get(), question.first, question.second);

    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    Crowd crowd = std::move(asking_.extract(question).mapped());
    if (said.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (const auto& each : crowd) each.caller->answer(place(each.start, said.value));
        return workers_.post([this, question] { ask(question); });
    }

    const Error error = to_error(said.code, said.about);
    std::erase_if(crowd, [&](Asking& each) {
        const bool may_pass =
            is_unknown(said.code) ? ++each.tries < unknown_tries : traits_of(error.code).retry;
        if (!may_pass) each.caller->answer(error);
        return !may_pass;
    });
    auto& waiting = waiting_[question];
    waiting.insert(waiting.end(), crowd.begin(), crowd.end());
    ask_later(question);
}

void Locator::ask_later(const Question& question) {
    const auto timer = std::make_shared<asio::steady_timer>(workers_.strand(), pause);
    pauses_.insert(timer);
    timer->async_wait([this, question, timer](std::error_code) {
        {
            const std::lock_guard lock(mutex_);
            pauses_.erase(timer);
            if (stopped_) return;
        }
        // librdkafka 2.0 goes on asking the leader it knows until it hears of all topics again.
        const rd_kafka_metadata_t* reply = nullptr;
        rd_kafka_metadata(handle_.get(), 1, nullptr, &reply,
                          static_cast<int>(refresh_time.count()));
        const Metadata metadata(reply);
        ask(question);
    });
}

void Locator::stop(Time deadline) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopped_, true)) return;
        for (const auto& timer : pauses_) timer->cancel();
        for (auto* crowds : {&waiting_, &asking_}) {
            for (const auto& [question, crowd] : std::exchange(*crowds, {})) {
                for (const auto& each : crowd) each.caller->answer(Error(Errc::draining));
            }
        }
    }
    std::promise<void> joined;
    const auto is_joined = joined.get_future();
    std::thread joiner([self = shared_from_this(), joined = std::move(joined)]() mutable {
        self->workers_.join();
        joined.set_value();
    });
    const bool is_over = is_joined.wait_until(deadline) == std::future_status::ready;
    if (is_over) return joiner.join();
    // The process may end before it does, and its log with it.
    rd_kafka_set_log_level(handle_.get(), 0);
    joiner.detach();
}

}  // namespace gateway::kafka
