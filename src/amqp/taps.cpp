#include "amqp/taps.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <asio/post.hpp>

namespace gateway::amqp {

namespace {

/// A queue gathers so long for a reader that does not come.
constexpr std::chrono::seconds unclaimed_time{30};

/// One question, until all its topics are located or one cannot be.
class Question : public std::enable_shared_from_this<Question> {
public:
    Question(asio::any_io_executor executor, asio::io_context& io, Broker::OnLocated done)
        : executor_(std::move(executor)), deadline_(io), done_(std::move(done)) {}

    void start(std::size_t topics, std::chrono::milliseconds timeout) {
        left_ = topics;
        if (left_ == 0) return answer(std::vector<Located>());
        deadline_.expires_after(timeout);
        deadline_.async_wait([weak = weak_from_this()](std::error_code cancelled) {
            const auto self = weak.lock();
            if (!cancelled && self) self->answer(Error(Errc::request_timeout));
        });
    }

    void located(const std::string& topic, const Result<std::int64_t>& next) {
        if (!next) return answer(next.error());
        all_.push_back(
            {.topic = topic, .partition = 0, .earliest = *next, .latest = *next, .start = *next});
        if (--left_ > 0) return;
        std::ranges::sort(all_, {}, &Located::topic);
        answer(std::move(all_));
    }

private:
    void answer(Result<std::vector<Located>> result) {
        if (!done_) return;
        deadline_.cancel();
        asio::post(executor_, [done = std::exchange(done_, nullptr),
                               result = std::move(result)]() mutable { done(std::move(result)); });
    }

    asio::any_io_executor executor_;
    asio::steady_timer deadline_;
    Broker::OnLocated done_;
    std::size_t left_ = 0;
    std::vector<Located> all_;
};

}  // namespace

Taps::Taps(Connection& owner, Topics& topics, const Options& options)
    : owner_(owner), topics_(topics), options_(options), self_(std::make_shared<Taps*>(this)) {}

Taps::~Taps() = default;

void Taps::locate(asio::any_io_executor executor, std::vector<std::string> names,
                  std::chrono::milliseconds timeout, Broker::OnLocated done) {
    const std::set<std::string> topics(names.begin(), names.end());
    const auto question =
        std::make_shared<Question>(std::move(executor), owner_.io(), std::move(done));
    question->start(topics.size(), timeout);
    for (const std::string& topic : topics) {
        Tap& tap = open(topic);
        if (!tap.has_readers()) expire_later(topic);
        tap.locate([this, question, topic](const Result<std::int64_t>& next) {
            if (next) topics_.add(topic);
            if (!next && next.error().code == Errc::topic_not_found) topics_.remove(topic);
            question->located(topic, next);
        });
    }
}

Tap& Taps::open(const std::string& topic) {
    Entry& entry = taps_[topic];
    if (entry.tap) return *entry.tap;
    entry.unclaimed = std::make_unique<asio::steady_timer>(owner_.io());
    entry.tap = std::make_shared<Tap>(topic, ++highest_,
                                      Tap::Limits{.held_bytes = options_.max_prefetch_bytes},
                                      [this](Tap& tap) { close(tap); });
    const auto keep = entry.tap;
    const auto intake = keep->open({.topic = topic,
                                    .queue = {},
                                    .queue_expiry = std::nullopt,
                                    .is_bound = true,
                                    .creates_topic = options_.auto_create,
                                    .waits = true,
                                    .headers = true,
                                    .prefetch = options_.prefetch,
                                    .max_prefetch_bytes = options_.max_prefetch_bytes});
    owner_.post([this, weak = std::weak_ptr(intake)] {
        if (const auto opened = weak.lock()) owner_.attach(opened);
    });
    return *keep;
}

void Taps::expire_later(const std::string& topic) {
    auto& timer = *taps_.at(topic).unclaimed;
    timer.expires_after(unclaimed_time);
    timer.async_wait([weak = std::weak_ptr(self_), topic](std::error_code cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self) return;
        const auto found = (*self)->taps_.find(topic);
        if (found == (*self)->taps_.end()) return;
        const auto tap = found->second.tap;
        if (!tap->has_readers()) (*self)->close(*tap);
    });
}

// Whoever asks for the topic next has a tap of its own. This one may be in the middle of a call.
void Taps::close(Tap& tap) {
    const auto found = taps_.find(tap.topic());
    if (found == taps_.end() || found->second.tap.get() != &tap) return;
    highest_ = std::max(highest_, tap.next());
    owner_.post([this, over = std::move(found->second.tap)] {
        // The queue goes with its last consumer: without one it would stay.
        over->intake().consume();
        owner_.detach(over->intake());
    });
    taps_.erase(found);
}

void Taps::add(const std::shared_ptr<ReaderInbox>& reader, ReaderInbox::Stay stay,
               const Position& from) {
    Tap& tap = open(from.topic);
    taps_.at(from.topic).unclaimed->cancel();
    tap.add(reader, stay, from.offset);
}

void Taps::remove(const ReaderInbox& reader, ReaderInbox::Stay stay, const std::string& topic) {
    const auto found = taps_.find(topic);
    if (found == taps_.end()) return;
    const auto tap = found->second.tap;
    tap->remove(reader, stay);
}

void Taps::taken(const ReaderInbox& reader, ReaderInbox::Stay stay, const std::string& topic,
                 std::int64_t next, std::size_t bytes) {
    const auto found = taps_.find(topic);
    if (found != taps_.end()) found->second.tap->taken(reader, stay, next, bytes);
}

}  // namespace gateway::amqp
