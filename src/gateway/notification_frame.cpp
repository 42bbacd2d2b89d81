#include "gateway/notification_frame.hpp"

#include <utility>

#include "wire/notification.hpp"

namespace gateway {

NotificationFrame::NotificationFrame(Options options, JsonCheck& json)
    : options_(options), json_(json) {}

void NotificationFrame::add(const Record& record, std::uint64_t id) {
    if (count_ == 0) text_.reserve(expected_bytes_);
    text_ += count_++ == 0 ? '[' : ',';
    const bool is_json = options_.decode_json && record.value && json_.is_json(*record.value);
    if (options_.meta) {
        const NotificationMeta meta{record.topic,     record.partition, record.offset,
                                    record.timestamp, record.key,       record.headers};
        append_notification(text_, id, record.value, is_json, &meta);
    } else {
        append_notification(text_, id, record.value, is_json, nullptr);
    }
    offsets_.note(record.topic, record.partition, record.offset);
}

NotificationFrame::Taken NotificationFrame::take() {
    text_ += ']';
    count_ = 0;
    expected_bytes_ = text_.size();
    return {std::exchange(text_, {}), offsets_.take()};
}

}  // namespace gateway
