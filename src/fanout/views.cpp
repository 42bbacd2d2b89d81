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
    std::string key = fmt::format("{:d}{:d}", view.meta, view.decode_json);
    append_counted(key, view.sub);
    append_counted(key, view.filter ? view.filter->text() : std::string_view());
    if (view.keys) {
        key += 'k';
        for (const std::string& each : *view.keys) append_counted(key, each);
    }
    return key;
}

Views::Kept::Kept(View view_in, std::string key_in, JsonCheck& json)
    : view(std::move(view_in)),
      key(std::move(key_in)),
      frame({.limit = no_limit,
             .max_bytes = no_limit,
             .sub = view.sub,
             .meta = view.meta,
             .decode_json = view.decode_json},
            json) {}

ViewId Views::add(View view) {
    std::string key = key_of(view);
    const auto [found, is_new] = by_view_.try_emplace(key, next_);
    if (!is_new) {
        ++views_.at(found->second).uses;
        return found->second;
    }
    const ViewId id = next_++;
    const Kept& kept = views_.try_emplace(id, std::move(view), std::move(key), json_).first->second;
    if (kept.view.keys) {
        for (const std::string& each : *kept.view.keys) by_key_[each].push_back(id);
    } else {
        keyless_.push_back(id);
    }
    ++views_.at(id).uses;
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
    by_view_.erase(kept.key);
    views_.erase(found);
}

std::vector<ViewFrame> Views::encode(const std::vector<Record>& records) {
    if (views_.empty()) return {};
    for (const Record& record : records) {
        candidate_.set({.value = record.value,
                        .key = record.key,
                        .headers = record.headers,
                        .partition = record.partition});
        for (const ViewId id : keyless_) add(id, views_.at(id), record);
        if (record.key) add_by_key(record);
        if (candidate_.was_found_not_json()) {
            counters_.not_json.fetch_add(1, std::memory_order_relaxed);
        }
    }
    std::ranges::sort(begun_);
    std::vector<ViewFrame> frames;
    frames.reserve(begun_.size());
    for (const ViewId id : begun_) {
        frames.push_back({id, make_frame_(std::move(views_.at(id).frame.take().text))});
    }
    begun_.clear();
    return frames;
}

void Views::add_by_key(const Record& record) {
    const auto found = by_key_.find(*record.key);
    if (found == by_key_.end()) return;
    for (const ViewId id : found->second) add(id, views_.at(id), record);
}

void Views::add(ViewId id, Kept& kept, const Record& record) {
    if (kept.view.filter && !kept.view.filter->matches(candidate_)) return;
    if (kept.frame.is_empty()) begun_.push_back(id);
    kept.frame.add(record, counters_.notification_ids.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace gateway::fanout
