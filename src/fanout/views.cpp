#include "fanout/views.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "filter/filter.hpp"

namespace gateway::fanout {

namespace {

// A batch is bounded before it comes here.
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

void append_counted(std::string& out, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{}:{}", text.size(), text);
}

}  // namespace

std::string key_of(const View& view) {
    std::string key = fmt::format("{:d}{:d}{:d}", view.meta, view.decode_json, view.as_records);
    append_counted(key, view.sub);
    append_counted(key, view.filter ? view.filter->text() : std::string_view());
    if (view.keys) {
        key += 'k';
        for (const std::string& each : *view.keys) append_counted(key, each);
    }
    return key;
}

std::size_t Views::Kept::bytes() const {
    return frame ? frame->bytes() : records.size() * sizeof(records.front());
}

ViewFrame Views::Kept::take(ViewId id, const MakeSharedFrame& make_frame) {
    ViewFrame taken{.view = id};
    if (!std::exchange(is_left_out, false)) {
        if (frame) taken.frame = make_frame(std::move(frame->take().text));
        taken.records = std::exchange(records, {});
    }
    return taken;
}

std::optional<ViewId> Views::add(View view) {
    std::string key = key_of(view);
    const auto found = by_view_.find(key);
    if (found != by_view_.end()) {
        ++views_.at(found->second).uses;
        return found->second;
    }
    if (!view.keys && keyless_.size() >= limits_.views) return std::nullopt;
    const ViewId id = next_++;
    by_view_.emplace(key, id);
    Kept& kept = views_[id];
    if (!view.as_records) {
        kept.options = {.limit = no_limit,
                        .max_bytes = no_limit,
                        .sub = view.sub,
                        .meta = view.meta,
                        .decode_json = view.decode_json};
        kept.frame = std::make_unique<NotificationFrame>(kept.options, json_);
    }
    if (view.keys) {
        for (const std::string& each : *view.keys) by_key_[each].push_back(id);
    } else {
        keyless_.push_back(id);
    }
    kept.view = std::move(view);
    kept.key = std::move(key);
    kept.uses = 1;
    return id;
}

void Views::remove(ViewId id) {
    const auto found = views_.find(id);
    if (found == views_.end() || --found->second.uses > 0) return;
    const Kept& kept = found->second;
    if (kept.view.keys) {
        for (const std::string& each : *kept.view.keys) {
            const auto entry = by_key_.find(each);
            std::erase(entry->second, id);
            if (entry->second.empty()) by_key_.erase(entry);
        }
    } else {
        std::erase(keyless_, id);
    }
    bytes_ -= kept.bytes();
    by_view_.erase(kept.key);
    views_.erase(found);
}

void Views::add(const Record& record) {
    const auto index = records_++;
    if (views_.empty()) return;
    candidate_.set({.value = record.value,
                    .key = record.key,
                    .headers = record.headers,
                    .partition = record.partition});
    for (const ViewId id : keyless_) add(id, record, index);
    if (record.key) {
        const auto found = by_key_.find(*record.key);
        if (found != by_key_.end()) {
            for (const ViewId id : found->second) add(id, record, index);
        }
    }
    if (candidate_.was_found_not_json()) {
        counters_.not_json.fetch_add(1, std::memory_order_relaxed);
    }
}

void Views::add(ViewId id, const Record& record, std::uint32_t index) {
    Kept& kept = views_.at(id);
    if (kept.is_left_out) return;
    if (kept.view.filter && !kept.view.filter->matches(candidate_)) return;
    if (std::exchange(kept.begun, batch_) != batch_) begun_.push_back(id);
    bytes_ -= kept.bytes();
    if (bytes_ >= 2 * limits_.bytes) return leave_out(kept);
    if (kept.frame) {
        kept.frame->add(record, counters_.notification_ids.fetch_add(1, std::memory_order_relaxed));
    } else {
        kept.records.push_back(index);
    }
    bytes_ += kept.bytes();
}

void Views::leave_out(Kept& kept) {
    kept.is_left_out = true;
    if (kept.frame && !kept.frame->is_empty()) static_cast<void>(kept.frame->take());
    kept.records.clear();
}

std::vector<ViewFrame> Views::take() {
    std::ranges::sort(begun_);
    std::vector<ViewFrame> frames;
    frames.reserve(begun_.size());
    for (const ViewId id : std::exchange(begun_, {})) {
        const auto found = views_.find(id);
        if (found != views_.end()) frames.push_back(found->second.take(id, make_frame_));
    }
    ++batch_;
    records_ = 0;
    bytes_ = 0;
    return frames;
}

}  // namespace gateway::fanout
