#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "filter/filter.hpp"

namespace gateway {

/// The filters in use: equal ones are one object, so that subscribers with the same filter can be
/// told by its address and served together.
///
/// Holds none of them: a filter lives as long as someone has it. Not thread-safe.
class Filters {
public:
    explicit Filters(const Filter::Options& options) : options_(options) {}

    /// As Filter::compile, but the filter that is there already if one has the same text.
    [[nodiscard]] Result<std::shared_ptr<const Filter>> compile(std::string_view json);

    /// Filters known, with those that ended and are not forgotten yet: at most twice as many as
    /// live, and `kept`.
    [[nodiscard]] std::size_t size() const { return known_.size(); }

    static constexpr std::size_t kept = 64;

private:
    void forget_ended();

    Filter::Options options_;
    std::unordered_map<std::string, std::weak_ptr<const Filter>> known_;
    std::size_t forget_at_ = kept;  ///< Filters, beyond which those that ended are looked for.
};

}  // namespace gateway
