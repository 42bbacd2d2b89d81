#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "filter/candidate.hpp"
#include "filter/expression.hpp"
#include "filter/regex.hpp"

namespace gateway {

/// Which records a subscriber wants: the section "Filters" of protocol/README.md, compiled.
///
/// It does not change once it is compiled, and threads may share it.
class Filter {
public:
    struct Options {
        std::size_t max_bytes = 16U << 10;  ///< Of its text.
        std::size_t max_conditions = 256;   ///< Values that are compared with, and `exists`.
        int max_depth = 16;                 ///< Levels of `any` and `not`.
        std::size_t max_regexes = 16;
        Regex::Limits regex{};  ///< Its program's is that of all of them together.
    };

    /// From JSON. Otherwise an invalid_filter that says where in the filter and why, as in
    /// `filter["any"][1]["price"].gt must be a number or a string`.
    [[nodiscard]] static Result<std::shared_ptr<const Filter>> compile(std::string_view json,
                                                                       const Options& options);

    Filter(Expression expression, std::string text);

    [[nodiscard]] bool matches(Candidate& candidate) const { return expression_.holds(candidate); }

    /// Whether it has a condition on the payload, or on a header.
    [[nodiscard]] bool reads_payload() const { return reads_payload_; }
    [[nodiscard]] bool reads_headers() const { return reads_headers_; }

    /// The filter as JSON, in one spelling: the same for filters that differ in the order of keys,
    /// alternatives or list elements, in repeated ones, in spaces, escapes, or how numbers are
    /// written. It compiles to an equal filter.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    Expression expression_;
    std::string text_;
    bool reads_payload_;
    bool reads_headers_;
};

}  // namespace gateway
