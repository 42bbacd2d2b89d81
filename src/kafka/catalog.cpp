#include "kafka/catalog.hpp"

#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "kafka/error.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view about = "asking for the topics";
constexpr std::chrono::milliseconds patience = 2s;  ///< With one question; a new one follows.

}  // namespace

/// One caller; touched on its executor only.
struct Catalog::Waiting : std::enable_shared_from_this<Waiting> {
    Waiting(asio::any_io_executor executor, Clock::time_point deadline_in, Done done_in)
        : timer(std::move(executor)), deadline(deadline_in), done(std::move(done_in)) {}

    void arm() {
        timer.expires_at(deadline);
        timer.async_wait([self = shared_from_this()](std::error_code error) {
            if (!error) self->finish(to_error(RD_KAFKA_RESP_ERR__TRANSPORT, about));
        });
    }

    void finish(Answer answer) {
        if (!done) return;
        timer.cancel();
        std::exchange(done, nullptr)(std::move(answer));
    }

    void answer(Answer value) {
        asio::post(timer.get_executor(),
                   [self = shared_from_this(), value = std::move(value)] { self->finish(value); });
    }

    asio::steady_timer timer;
    Clock::time_point deadline;
    Done done;
};

Catalog::Catalog(rd_kafka_t* handle, Workers& workers) : handle_(handle), workers_(workers) {}

void Catalog::fetch(asio::any_io_executor executor, std::chrono::milliseconds timeout, Done done) {
    auto caller = std::make_shared<Waiting>(executor, Clock::now() + timeout, std::move(done));
    asio::post(executor, [caller] { caller->arm(); });

    const std::lock_guard lock(mutex_);
    if (stopped_) return caller->answer(Error(Errc::draining));
    waiting_.push_back(std::move(caller));
    if (std::exchange(asking_, true)) return;
    workers_.post([this] { ask(); });
}

void Catalog::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& caller : std::exchange(waiting_, {})) caller->answer(Error(Errc::draining));
}

void Catalog::ask() {
    Crowd crowd;
    {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        std::erase_if(waiting_, [now](const auto& caller) { return caller->deadline <= now; });
        crowd = std::exchange(waiting_, {});
        if (crowd.empty()) {
            asking_ = false;
            return;
        }
    }

    if (const auto answer = question()) {
        for (const auto& caller : crowd) caller->answer(*answer);
    } else {
        const std::lock_guard lock(mutex_);
        waiting_.insert(waiting_.end(), crowd.begin(), crowd.end());
        if (stopped_) {
            for (const auto& caller : std::exchange(waiting_, {})) {
                caller->answer(Error(Errc::draining));
            }
        }
    }
    workers_.post([this] { ask(); });
}

std::optional<Catalog::Answer> Catalog::question() {
    const rd_kafka_metadata_t* reply = nullptr;
    const auto code =
        rd_kafka_metadata(handle_, 1, nullptr, &reply, static_cast<int>(patience.count()));
    const Metadata metadata(reply);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const Error error = to_error(code, about);
        if (traits_of(error.code).retry) return std::nullopt;
        return Answer(error);
    }

    auto topics = std::make_shared<Topics>();
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
            topic.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
            continue;
        }
        topics->emplace(topic.topic, topic.partition_cnt);
    }
    return Answer(std::shared_ptr<const Topics>(std::move(topics)));
}

}  // namespace gateway::kafka
