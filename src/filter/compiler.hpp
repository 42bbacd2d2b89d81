#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "filter/filter.hpp"
#include "filter/outline.hpp"

namespace gateway {

/// Reads one filter's JSON, checks it and finds its one spelling.
class Compiler {
public:
    /// `options` must outlive it.
    explicit Compiler(const Filter::Options& options) : options_(options) {}

    /// Once.
    [[nodiscard]] Result<std::shared_ptr<const Filter>> compile(std::string_view json);

private:
    using Value = Outline::Value;

    /// A part of the filter, with its spelling.
    struct Part {
        Expression expression;
        std::string text;
    };

    // Each returns whether it succeeded; where it did not, `error_` says where and why.
    bool read_filter(const Value& value, int depth, Part& out);
    bool read_entry(const Value& value, int depth, std::string& key, Part& out);
    bool read_any(const Value& value, int depth, Part& out);
    bool read_not(const Value& value, int depth, Part& out);
    bool read_condition(const Value& value, std::string& key, Part& out);
    bool read_equals(const Value& value, Test& test, std::string& text);
    bool read_operators(const Value& value, Condition& condition, std::string& text);
    bool read_operator(const Value& value, Condition& condition, std::string& text);
    bool read_regex(std::string_view literal, std::optional<Regex>& out);
    bool read_literal(const Value& value, Literal& out);

    /// Reads what stands one step further, as `["price"]`, and comes back.
    template <typename Read>
    bool at(std::string_view step, Read read);
    bool count_condition();
    bool fail(std::string_view reason);

    const Filter::Options& options_;
    std::string path_ = "filter";  ///< Of what is being read.
    std::size_t conditions_ = 0;
    std::size_t regexes_ = 0;
    std::size_t program_ = 0;  ///< Of the regular expressions together.
    std::optional<Error> error_;
};

}  // namespace gateway
