#include "gateway/ack_window.hpp"

#include <algorithm>
#include <cassert>

namespace gateway {

AckWindow::Partition* AckWindow::find(std::string_view topic, std::int32_t partition) {
    const auto is_it = [&](const Partition& each) {
        return each.number == partition && each.topic == topic;
    };
    if (last_ >= partitions_.size() || !is_it(partitions_[last_])) {
        const auto found = std::ranges::find_if(partitions_, is_it);
        if (found == partitions_.end()) return nullptr;
        last_ = static_cast<std::size_t>(found - partitions_.begin());
    }
    return &partitions_[last_];
}

AckWindow::Partition& AckWindow::at(std::string_view topic, std::int32_t partition) {
    if (Partition* found = find(topic, partition)) return *found;
    last_ = partitions_.size();
    return partitions_.emplace_back(Partition{.topic = std::string(topic), .number = partition});
}

void AckWindow::add(std::string_view topic, std::int32_t number, std::int64_t offset) {
    assert(!is_full());
    Partition& partition = at(topic, number);
    partition.waiting.push_back(offset);
    partition.next = offset + 1;
    ++count_;
}

void AckWindow::pass(std::string_view topic, std::int32_t partition, std::int64_t next) {
    at(topic, partition).next = next;
}

bool AckWindow::acknowledge(std::string_view topic, std::int32_t partition, std::int64_t offset) {
    Partition* found = find(topic, partition);
    if (!found) return false;
    const auto place = std::ranges::lower_bound(found->waiting, offset);
    if (place == found->waiting.end() || *place != offset) return false;
    found->waiting.erase(place);
    --count_;
    return true;
}

void AckWindow::drop(std::span<const TopicPartition> partitions) {
    std::erase_if(partitions_, [&](const Partition& each) {
        const bool is_gone =
            std::ranges::find(partitions, TopicPartition{each.topic, each.number}) !=
            partitions.end();
        if (is_gone) count_ -= each.waiting.size();
        return is_gone;
    });
}

std::vector<Position> AckWindow::take() {
    std::vector<Position> committable;
    for (Partition& partition : partitions_) {
        if (partition.committable() == partition.taken) continue;
        partition.taken = partition.committable();
        committable.push_back({partition.topic, partition.number, partition.taken});
    }
    return committable;
}

}  // namespace gateway
