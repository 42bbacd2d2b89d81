#include "gateway/selection.hpp"

#include <algorithm>

namespace gateway {

void Selection::set_keys(const std::vector<std::string_view>& keys) {
    Keys set;
    set.reserve(keys.size());
    for (const std::string_view key : keys) set.emplace(key);
    keys_ = std::make_shared<const Keys>(std::move(set));
}

bool Selection::has_key_of(const Record& record) const {
    return record.key && keys_->find(*record.key) != keys_->end();
}

Selection::Verdict Selection::ask_filter(const Record& record, Candidate& candidate) const {
    candidate.set({.value = record.value,
                   .key = record.key,
                   .headers = record.headers,
                   .partition = record.partition});
    if (filter_->matches(candidate)) return Verdict::wanted;
    return candidate.was_found_not_json() ? Verdict::not_json : Verdict::unwanted;
}

std::optional<std::vector<std::string>> Selection::keys() const {
    if (!keys_) return std::nullopt;
    std::vector<std::string> keys(keys_->begin(), keys_->end());
    std::ranges::sort(keys);
    return keys;
}

}  // namespace gateway
