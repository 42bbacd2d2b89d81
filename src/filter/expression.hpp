#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "filter/candidate.hpp"
#include "filter/condition.hpp"

namespace gateway {

/// What a filter compiles to: conditions, and how they combine.
struct Expression {
    enum class Op : std::uint8_t { condition, all, any, negation };

    Op op = Op::all;
    std::vector<Expression> operands{};    ///< Of a negation one.
    std::optional<Condition> condition{};  ///< Where `op` is one.

    /// Whether it is true of the record, or `if_unknown` where that hangs on a payload that is not
    /// JSON: what is not known stays so when it is negated.
    [[nodiscard]] bool holds(Candidate& candidate, bool if_unknown = false) const;

    /// Whether it has a condition on this.
    [[nodiscard]] bool reads(Field::Place place) const;
};

}  // namespace gateway
