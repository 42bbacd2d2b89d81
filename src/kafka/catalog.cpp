#include "kafka/catalog.hpp"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>

#include "kafka/error.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view about = "asking for the topics";
constexpr std::chrono::milliseconds patience = 2s;  ///< With one question; a new one follows.
constexpr std::chrono::milliseconds creation_pause = 100ms;  ///< For a topic to be created.
constexpr auto creation_time = 5s;                           ///< Then it will not be.
constexpr auto propagation_time = 300ms;  ///< In which each broker hears of a topic.

}  // namespace

/// One who waits for topics to exist, on its executor.
class Catalog::Search : public std::enable_shared_from_this<Search> {
public:
    Search(Catalog& catalog, const asio::any_io_executor& executor, std::vector<std::string> names,
           Time deadline, Done done)
        : catalog_(catalog),
          names_(std::move(names)),
          deadline_(deadline),
          patience_(Clock::now() + (catalog.creates_ ? creation_time : propagation_time)),
          done_(std::move(done)),
          timer_(executor) {}

    void look() {
        if (!done_) return;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
        catalog_.fetch(
            timer_.get_executor(), std::max(left, 0ms),
            [self = shared_from_this()](const Answer& answer) { self->look_at(answer); });
    }

    void finish(Answer answer) {
        if (!done_) return;
        const auto self = shared_from_this();
        timer_.cancel();
        catalog_.searches_.remove(*this);
        std::exchange(done_, nullptr)(std::move(answer));
    }

private:
    void look_at(const Answer& answer) {
        if (!done_) return;
        if (!answer) return finish(answer);
        const auto missing = std::find_if(names_.begin(), names_.end(), [&](const auto& name) {
            return !(*answer)->contains(name);
        });
        if (missing == names_.end()) return finish(answer);
        if (Clock::now() >= std::min(deadline_, patience_)) {
            const std::string_view name = missing->empty() ? "(empty)" : std::string_view(*missing);
            return finish(to_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                                   fmt::format("topic \"{}\"", name)));
        }
        if (catalog_.creates_) {
            catalog_.workers_.post(
                [&catalog = catalog_, name = *missing] { catalog.create(name); });
        }
        timer_.expires_after(creation_pause);
        timer_.async_wait([self = shared_from_this()](std::error_code error) {
            if (!error) self->look();
        });
    }

    Catalog& catalog_;
    std::vector<std::string> names_;
    Time deadline_;
    Time patience_;  ///< Until then a topic that is missing may come.
    Done done_;
    asio::steady_timer timer_;
};

Catalog::Catalog(rd_kafka_t* handle, Workers& workers, Creates creates)
    : handle_(handle), workers_(workers), creates_(creates == Creates::yes) {}

void Catalog::fetch(asio::any_io_executor executor, std::chrono::milliseconds timeout, Done done) {
    auto caller = std::make_shared<Caller<Answer>>(std::move(executor), Clock::now() + timeout,
                                                   std::move(done));
    caller->wait(to_error(RD_KAFKA_RESP_ERR__TRANSPORT, about));

    const std::lock_guard lock(mutex_);
    if (stopped_) return caller->answer(Error(Errc::draining));
    waiting_.push_back(std::move(caller));
    if (std::exchange(asking_, true)) return;
    workers_.post([this] { ask(); });
}

void Catalog::find(asio::any_io_executor executor, std::vector<std::string> names,
                   std::chrono::milliseconds timeout, Done done) {
    auto search = std::make_shared<Search>(*this, executor, std::move(names),
                                           Clock::now() + timeout, std::move(done));
    searches_.add(executor, search);
    asio::post(executor, [search = std::move(search)] { search->look(); });
}

void Catalog::stop(Time deadline) {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        for (const auto& caller : std::exchange(waiting_, {})) {
            caller->answer(Error(Errc::draining));
        }
    }
    searches_.post_all([](Search& search) { search.finish(Error(Errc::draining)); });
    static_cast<void>(searches_.wait_until_empty(deadline));
}

void Catalog::ask() {
    Crowd crowd;
    {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        std::erase_if(waiting_, [now](const auto& caller) { return caller->deadline() <= now; });
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

void Catalog::create(const std::string& name) {
    // Where the broker creates topics by itself, naming one in a request does it.
    const Topic topic(rd_kafka_topic_new(handle_, name.c_str(), nullptr));
    if (!topic) return;
    const rd_kafka_metadata_t* reply = nullptr;
    rd_kafka_metadata(handle_, 0, topic.get(), &reply, static_cast<int>(patience.count()));
    const Metadata metadata(reply);
}

}  // namespace gateway::kafka
