#include "gateway/backlog.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace gateway {

std::size_t Backlog::Node::bytes() const {
    // Beside the texts: the node with its links, and its place in the index.
    return sizeof(Node) + 6 * sizeof(void*) + message.size() + (key ? key->size() : 0);
}

Backlog::Partition& Backlog::at(std::string_view topic, std::int32_t partition) {
    const auto found = std::ranges::find_if(partitions_, [&](const Partition& each) {
        return each.number == partition && each.topic == topic;
    });
    if (found != partitions_.end()) return *found;
    return partitions_.emplace_back(Partition{.topic = std::string(topic), .number = partition});
}

void Backlog::leave_out(std::string_view topic, std::int32_t number, std::int64_t from,
                        std::int64_t to) {
    Partition& partition = at(topic, number);
    if (partition.tail) {
        partition.tail->to = to;
    } else {
        partition.tail = Span{from, to};
        partition.tail_age = next_age_++;
    }
}

void Backlog::keep(const Record& record, std::string message) {
    Partition& partition = at(record.topic, record.partition);
    Node node{.next = record.offset + 1,
              .is_record = true,
              .gap = {},
              .key = {},
              .message = std::move(message)};
    if (record.key) {
        node.key.emplace(*record.key);
        const auto older = partition.by_key.find(*record.key);
        if (older != partition.by_key.end()) leave_out(partition, older->second);
    }
    append(partition, std::move(node));
}

void Backlog::keep(std::string message, const Position& next) {
    append(at(next.topic, next.partition),
           {.next = next.offset, .gap = {}, .key = {}, .message = std::move(message)});
}

void Backlog::append(Partition& partition, Node node) {
    node.age = next_age_++;
    node.gap = std::exchange(partition.tail, std::nullopt);
    bytes_ += node.bytes();
    partition.nodes.push_back(std::move(node));
    const auto last = std::prev(partition.nodes.end());
    if (last->key) partition.by_key.emplace(*last->key, last);
}

void Backlog::leave_out(Partition& partition, Nodes::iterator replaced) {
    const Span gap{replaced->gap ? replaced->gap->from : replaced->next - 1, replaced->next};
    const auto following = std::next(replaced);
    std::optional<Span>& rest =
        following == partition.nodes.end() ? partition.tail : following->gap;
    rest = Span{gap.from, rest ? rest->to : gap.to};
    bytes_ -= replaced->bytes();
    partition.by_key.erase(*replaced->key);
    partition.nodes.erase(replaced);
}

void Backlog::forget_places(const TopicPartition& gone) {
    const auto found = std::ranges::find_if(partitions_, [&](const Partition& each) {
        return each.number == gone.partition && each.topic == gone.topic;
    });
    if (found == partitions_.end()) return;
    // What comes next is not to grow what is left out.
    if (found->tail) append(*found, {});
    for (Node& node : found->nodes) node.leads_nowhere = true;
}

void Backlog::drop(std::span<const TopicPartition> partitions) {
    std::erase_if(partitions_, [&](const Partition& each) {
        const bool is_dropped =
            std::ranges::find(partitions, TopicPartition{each.topic, each.number}) !=
            partitions.end();
        if (!is_dropped) return false;
        for (const Node& node : each.nodes) bytes_ -= node.bytes();
        return true;
    });
}

bool Backlog::holds(std::string_view topic, std::int32_t partition) const {
    return std::ranges::any_of(partitions_, [&](const Partition& each) {
        return each.number == partition && each.topic == topic;
    });
}

std::deque<Backlog::Partition>::const_iterator Backlog::oldest() const {
    assert(!is_empty());
    return std::ranges::min_element(partitions_, {}, &Partition::age);
}

bool Backlog::is_record_next() const {
    const auto& nodes = oldest()->nodes;
    return !nodes.empty() && nodes.front().is_record;
}

Backlog::Item Backlog::take() {
    const auto next = partitions_.begin() + (oldest() - partitions_.cbegin());
    Item item = next->nodes.empty() ? take_tail(*next) : take_front(*next);
    if (next->nodes.empty() && !next->tail) partitions_.erase(next);
    return item;
}

Backlog::Item Backlog::take_tail(Partition& partition) {
    const Span gap = *std::exchange(partition.tail, std::nullopt);
    return {.gap = Range{partition.topic, partition.number, gap.from, gap.to},
            .message = {},
            .next = {partition.topic, partition.number, gap.to}};
}

Backlog::Item Backlog::take_front(Partition& partition) {
    const auto front = partition.nodes.begin();
    bytes_ -= front->bytes();
    if (front->key) partition.by_key.erase(*front->key);
    Item item{
        .gap = {}, .message = std::move(front->message), .is_record = front->is_record, .next = {}};
    if (!front->leads_nowhere) item.next = {partition.topic, partition.number, front->next};
    if (front->gap) {
        item.gap = Range{partition.topic, partition.number, front->gap->from, front->gap->to};
    }
    partition.nodes.pop_front();
    return item;
}

}  // namespace gateway
