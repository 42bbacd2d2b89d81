#include "kafka/relocation.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "kafka/assignment.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds place_time = 10s;
constexpr std::chrono::milliseconds retry_pause = 250ms;

}  // namespace

void Relocation::start(const Position& wanted) {
    if (member_.is_over()) return;
    member_.services().locator->locate(
        member_.strand(), std::vector<TopicPartition>{{wanted.topic, wanted.partition}},
        FromEarliest{}, place_time,
        [this, self = member_.shared_from_this(), wanted](const Locator::Answer& answer) {
            take_place(wanted, answer);
        });
}

void Relocation::take_place(const Position& wanted, const Locator::Answer& answer) {
    if (member_.is_over()) return;
    if (!answer) {
        if (!traits_of(answer.error().code).retry) return member_.fail(answer.error());
        return member_.after(retry_pause, [this, wanted] { start(wanted); });
    }
    const auto reset = member_.services().properties->offset_reset();
    const auto recovery = recover(wanted.offset, answer->front(), reset);
    if (!recovery) return member_.fail(recovery.error());
    if (recovery->next != wanted.offset) return go_on_at(wanted, *recovery);
    member_.after(retry_pause,
                  [this, wanted, recovery = *recovery] { go_on_at(wanted, recovery); });
}

void Relocation::go_on_at(const Position& wanted, const Recovery& recovery) {
    if (member_.is_over()) return;
    // Each move says where the others are, which must not be moving meanwhile.
    if (std::exchange(moving_, true)) {
        return member_.after(retry_pause, [this, wanted, recovery] { go_on_at(wanted, recovery); });
    }
    // librdkafka has no seek for a partition in this state: it is assigned anew, and with it all
    // others where the group's protocol knows only whole assignments.
    member_.tell([this, weak = member_.weak_from_this(), wanted, recovery,
                  all = !is_cooperative(member_.handle()),
                  version = share_.version()](Delivery& delivery) {
        auto places = delivery.hold(wanted, recovery.next, all);
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->strand(),
                   [this, self, wanted, recovery, version, places = std::move(places)] {
                       move(places, wanted, recovery, version);
                   });
    });
}

void Relocation::move(Delivery::Starts places, const Position& wanted, const Recovery& recovery,
                      std::uint64_t version) {
    moving_ = false;
    if (member_.is_over() || places.empty()) return;
    auto* const handle = member_.handle();
    // With the eager protocol Delivery has forgotten records, and waits: for what is assigned anew.
    if (!is_cooperative(handle) && share_.version() != version) return;
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
    for (auto& [topic, partition, offset] : places) {
        if (topic == wanted.topic && partition == wanted.partition) offset = recovery.next;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    switch (reassign(handle, list.get())) {
        case Reassigned::yes:
            break;
        case Reassigned::no:
            return member_.tell([](Delivery& delivery) { delivery.go_on(); });
        case Reassigned::broken:
            return member_.fail(
                {Errc::internal, fmt::format("group \"{}\" cannot go on at other offsets; "
                                             "subscribe again",
                                             member_.group())});
    }
    const Partitions place(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(place.get(), wanted.topic.c_str(), wanted.partition)->offset =
        recovery.next;
    rd_kafka_offsets_store(handle, place.get());
    // librdkafka commits by itself only what is ahead of what was committed before.
    if (recovery.next < wanted.offset) rd_kafka_commit(handle, place.get(), 1);
    member_.tell([places = std::move(places), lost = recovery.lost](Delivery& delivery) {
        delivery.move(places, lost);
    });
}

}  // namespace gateway::kafka
