#include "amqp/consumer.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <asio/post.hpp>

#include "amqp/names.hpp"

namespace gateway::amqp {

namespace {

Result<std::vector<Intake::Plan>> plans_for(const gateway::Consumer::Options& wanted,
                                            const Options& options) {
    std::vector<Intake::Plan> plans;
    for (const auto& topic : std::set(wanted.topics.begin(), wanted.topics.end())) {
        auto queue = wanted.queue ? Result<std::string>(topic) : group_queue(topic, wanted.group);
        if (!queue) return queue.error();
        plans.push_back({.topic = topic,
                         .queue = std::move(*queue),
                         .queue_expiry = wanted.queue ? wanted.queue_expiry : std::nullopt,
                         .is_bound = !wanted.queue,
                         .creates_topic = options.auto_create,
                         .waits = false,
                         .headers = wanted.headers,
                         .prefetch = options.prefetch,
                         .max_prefetch_bytes = options.max_prefetch_bytes});
    }
    return plans;
}

}  // namespace

Consumer::Consumer(std::shared_ptr<Pool> pool, std::shared_ptr<Topics> topics,
                   std::shared_ptr<Census> census, asio::any_io_executor executor,
                   const gateway::Consumer::Options& wanted, const amqp::Options& options,
                   Events& events)
    : pool_(std::move(pool)), census_(std::move(census)), executor_(std::move(executor)) {
    auto plans = plans_for(wanted, options);
    channels_ = plans ? plans->size() : 0;
    inbox_ = std::make_shared<Inbox>(executor_, pool_->take(channels_), std::move(topics), events);
    if (plans) {
        inbox_->open(std::move(*plans));
    } else {
        inbox_->fail_later(plans.error());
    }
}

Consumer::~Consumer() {
    if (is_closed_) return;
    ++census_->orphans;
    inbox_->end(
        [pool = pool_, census = census_, connection = inbox_->connection(), channels = channels_] {
            pool->give_back(*connection, channels);
            --census->consumers;
            --census->orphans;
        });
}

void Consumer::commit(std::span<const Position> next) {
    if (!is_closed_) inbox_->commit(next);
}

void Consumer::close(std::function<void()> done) {
    if (std::exchange(is_closed_, true)) return;
    inbox_->end([pool = pool_, census = census_, connection = inbox_->connection(),
                 channels = channels_, executor = executor_, done = std::move(done)]() mutable {
        pool->give_back(*connection, channels);
        --census->consumers;
        if (done) asio::post(executor, std::move(done));
    });
}

}  // namespace gateway::amqp
