#include "kasocki/stream.hpp"

#include <algorithm>

#include "gateway/refusal.hpp"
#include "gateway/shard.hpp"

namespace gateway::kasocki {

Stream::Stream(Shard& shard, Options options, MessageWriter& writer, Owner& owner)
    : shard_(shard), options_(std::move(options)), writer_(writer), owner_(owner) {
    std::ranges::sort(options_.partitions);
}

std::optional<Error> Stream::open() {
    if (!shard_.broadcasts) return Error(Errc::not_supported);
    Broker& broker = shard_.brokers.standard();
    if (auto error = refusal(broker, {.start = options_.start})) return error;
    auto broadcast = shard_.broadcasts->open(
        broker, {.topics = options_.topics, .start = options_.start}, *this);
    if (!broadcast) return broadcast.error();
    broadcast_ = std::move(*broadcast);
    return std::nullopt;
}

void Stream::go_on() {
    if (!is_stopped_ || is_over_) return;
    is_stopped_ = false;
    broadcast_->resume();
}

void Stream::set_filter(std::shared_ptr<const Filter> filter) {
    filters_messages_ = filter && filter->text().find(writer_.field()) != std::string::npos;
    selection_.set_filter(std::move(filter));
}

void Stream::live(std::span<const Position>) { owner_.stream_live(); }

std::size_t Stream::records(std::span<const Record> records) {
    std::size_t taken = 0;
    while (taken < records.size() && owner_.takes_message()) hand_over(records[taken++]);
    is_stopped_ = taken < records.size();
    return taken;
}

void Stream::hand_over(const Record& record) {
    if (!is_assigned(record.topic, record.partition)) return;
    if (!filters_messages_ && !lets_through(record)) return;
    const auto message = writer_.write(record);
    if (!message) return owner_.not_a_message(record);
    if (filters_messages_) {
        Record augmented = record;
        augmented.value = *message;
        if (!lets_through(augmented)) return;
    }
    owner_.message(*message);
}

bool Stream::lets_through(const Record& record) {
    const Selection::Verdict verdict = selection_.judge(record, shard_.candidate);
    if (verdict == Selection::Verdict::not_json) ++shard_.counters.not_json;
    return verdict == Selection::Verdict::wanted;
}

bool Stream::is_assigned(std::string_view topic, std::int32_t partition) const {
    const auto& wanted = options_.partitions;
    if (wanted.empty()) return true;
    const auto found = std::ranges::lower_bound(
        wanted, std::pair(topic, partition), {}, [](const TopicPartition& each) {
            return std::pair(std::string_view(each.topic), each.partition);
        });
    return found != wanted.end() && found->partition == partition && found->topic == topic;
}

bool Stream::frame(const std::shared_ptr<const SharedFrame>&, std::span<const Range>) {
    return true;  // Without a view there are none.
}

void Stream::lost(const Lost& lost) {
    if (is_assigned(lost.topic, lost.partition)) owner_.stream_lost(lost);
}

void Stream::failed(const Error& error) {
    is_over_ = true;
    owner_.stream_failed(error);
}

}  // namespace gateway::kasocki
