#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "broker/record.hpp"
#include "filter/candidate.hpp"
#include "filter/filter.hpp"

namespace gateway {

/// Which records a subscription wants: those that have one of its keys and match its filter, where
/// it has such.
///
/// Copies share what they hold, which never changes.
class Selection {
public:
    enum class Verdict : std::uint8_t { wanted, unwanted, not_json };

    /// What a record is. `not_json`: unwanted, since the filter asks for JSON, which it is not.
    [[nodiscard]] Verdict judge(const Record& record, Candidate& candidate) const {
        if (keys_ && !has_key_of(record)) return Verdict::unwanted;
        return filter_ ? ask_filter(record, candidate) : Verdict::wanted;
    }

    /// May be null.
    void set_filter(std::shared_ptr<const Filter> filter) { filter_ = std::move(filter); }
    [[nodiscard]] const std::shared_ptr<const Filter>& filter() const { return filter_; }

    void set_keys(const std::vector<std::string_view>& keys);
    void clear_keys() { keys_.reset(); }

    /// Some records may be unwanted.
    [[nodiscard]] bool is_partial() const { return filter_ || keys_; }

    /// Sorted, each once; nothing where every key is wanted.
    [[nodiscard]] std::optional<std::vector<std::string>> keys() const;

private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using Keys = std::unordered_set<std::string, Hash, std::equal_to<>>;

    [[nodiscard]] bool has_key_of(const Record& record) const;
    [[nodiscard]] Verdict ask_filter(const Record& record, Candidate& candidate) const;

    std::shared_ptr<const Filter> filter_;
    std::shared_ptr<const Keys> keys_;
};

}  // namespace gateway
