#include "kafka/share.hpp"

#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/post.hpp>

#include "kafka/assignment.hpp"
#include "kafka/start_offsets.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds retry_pause = 250ms;
constexpr int start_attempts = 20;                     ///< To find where the partitions begin.
constexpr std::chrono::milliseconds start_time = 10s;  ///< For one of them.

Partitions copy(const rd_kafka_topic_partition_list_t* list) {
    return Partitions(rd_kafka_topic_partition_list_copy(list));
}

}  // namespace

Share::Share(Member& member, const Subscription& subscription, std::function<void()> assigned)
    : member_(member),
      subscription_(subscription),
      assigned_(std::move(assigned)),
      retry_timer_(member.strand()) {}

void Share::rebalance(rd_kafka_event_t* event) {
    auto partitions = copy(rd_kafka_event_topic_partition_list(event));
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(std::move(partitions));
    } else {
        revoke(std::move(partitions));
    }
}

void Share::committed(const rd_kafka_topic_partition_list_t* list) {
    for (const auto& each : each_of(list)) {
        const bool is_done = each.err == RD_KAFKA_RESP_ERR_NO_ERROR && each.offset >= 0;
        if (is_done) committed_.insert({each.topic, each.partition});
    }
}

bool Share::is_new(const TopicPartition& partition) const {
    return subscription_.is_new(partition) || committed_.contains(partition);
}

void Share::assign(Partitions partitions) {
    assigning_ = std::move(partitions);
    attempts_ = 0;
    ++version_;
    find_starts();
}

void Share::find_starts() {
    if (!assigning_) return;
    if (member_.is_over()) {
        // The group is left in a moment: only say that it was heard.
        assigning_.reset();
        decline(member_.handle());
        return;
    }
    if (const auto error = find_committed(member_.handle(), assigning_.get())) {
        return take_starts(*error);
    }
    auto fresh = uncommitted(assigning_.get());
    if (fresh.empty()) return assign_from({});
    auto old = fresh;
    std::erase_if(old, [this](const auto& each) { return is_new(each); });
    member_.services().locator->locate(member_.strand(), std::move(fresh),
                                       subscription_.start_of(old), start_time,
                                       [this, self = member_.shared_from_this(),
                                        version = version_](const Locator::Answer& answer) {
                                           if (version_ == version) take_starts(answer);
                                       });
}

void Share::take_starts(const Locator::Answer& answer) {
    if (member_.is_over()) return find_starts();
    if (!answer) {
        const auto& error = answer.error();
        if (!traits_of(error.code).retry || ++attempts_ >= start_attempts) {
            return member_.fail(error);
        }
        retry_timer_.expires_after(retry_pause);
        retry_timer_.async_wait([this, self = member_.shared_from_this()](std::error_code error) {
            if (!error) find_starts();
        });
        return;
    }
    std::vector<Position> starts;
    for (const auto& each : *answer) {
        const auto start = is_new({each.topic, each.partition}) ? each.earliest : each.start;
        starts.push_back({each.topic, each.partition, start});
    }
    assign_from(starts);
}

void Share::assign_from(std::span<const Position> starts) {
    const auto partitions = std::exchange(assigning_, nullptr);
    if (!partitions) return;
    commit_starts(member_.handle(), partitions.get(), starts);
    // Nothing reaches Delivery before the starts are stored: it may commit from then on.
    kafka::assign(member_.handle(), partitions.get());

    Delivery::Starts all;
    for (const auto& each : each_of(partitions)) {
        all.push_back({each.topic, each.partition, each.offset});
    }
    member_.tell([all = std::move(all)](Delivery& delivery) { delivery.assign(all); });
    assigned_();
}

void Share::revoke(Partitions partitions) {
    assigning_.reset();
    ++version_;
    retry_timer_.cancel();
    revoking_ = std::move(partitions);
    if (member_.is_over() || revoking_->cnt == 0) return give_up_revoked();

    std::vector<TopicPartition> list;
    for (const auto& each : each_of(revoking_)) list.push_back({each.topic, each.partition});
    member_.tell(
        [this, list = std::move(list), weak = member_.weak_from_this()](Delivery& delivery) {
            delivery.revoke(list);
            if (const auto self = weak.lock()) {
                asio::post(self->strand(), [this, self] { give_up_revoked(); });
            }
        });
}

void Share::give_up_revoked() {
    const auto partitions = std::exchange(revoking_, nullptr);
    if (!partitions || member_.handle() == nullptr) return;
    // What was stored is committed with this.
    unassign(member_.handle(), partitions.get());
}

void Share::let_go() {
    give_up_revoked();
    find_starts();
}

}  // namespace gateway::kafka
