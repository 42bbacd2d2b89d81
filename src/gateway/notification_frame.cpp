#include "gateway/notification_frame.hpp"

#include <utility>

#include "wire/notification.hpp"

namespace gateway {

void NotificationFrame::separate() {
    if (count_ == 0) text_.reserve(expected_bytes_);
    text_ += count_++ == 0 ? '[' : ',';
}

void NotificationFrame::encode(std::string& out, const Record& record, std::uint64_t id) {
    const bool is_json = options_.decode_json && record.value && json_.is_json(*record.value);
    if (options_.meta) {
        const NotificationMeta meta{record.topic,     record.partition, record.offset,
                                    record.timestamp, record.key,       record.headers};
        append_notification(out, id, record.value, is_json, &meta, options_.sub);
    } else {
        append_notification(out, id, record.value, is_json, nullptr, options_.sub);
    }
}

void NotificationFrame::add(const Record& record, std::uint64_t id) {
    separate();
    encode(text_, record, id);
    pass(record);
}

void NotificationFrame::add(std::string_view message) {
    separate();
    text_ += message;
}

std::string NotificationFrame::message_of(const Record& record, std::uint64_t id) {
    std::string message;
    encode(message, record, id);
    return message;
}

std::string NotificationFrame::message_of(const Lost& lost, std::uint64_t id) const {
    std::string message;
    append_gap(message, id, options_.sub,
               {lost.topic, lost.partition, lost.wanted, lost.next,
                NotificationGap::Kept{lost.earliest, lost.latest}});
    return message;
}

std::string NotificationFrame::message_of(const Range& gap, std::uint64_t id) const {
    std::string message;
    append_gap(message, id, options_.sub, {gap.topic, gap.partition, gap.from, gap.to, {}});
    return message;
}

std::string NotificationFrame::snapshot_end(std::uint64_t id) const {
    std::string message;
    append_snapshot_end(message, id, options_.sub);
    return message;
}

NotificationFrame::Taken NotificationFrame::take() {
    text_ += ']';
    count_ = 0;
    expected_bytes_ = text_.size();
    return {std::exchange(text_, {}), offsets_.take()};
}

}  // namespace gateway
