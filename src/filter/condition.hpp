#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "filter/candidate.hpp"
#include "filter/field.hpp"
#include "filter/regex.hpp"
#include "filter/scalar.hpp"

namespace gateway {

/// What one value can be asked.
struct Test {
    enum class Op : std::uint8_t { equals, gt, gte, lt, lte, prefix };

    Op op = Op::equals;
    std::vector<Literal> literals{};  ///< Of equals any number, otherwise one.
    std::vector<Regex> patterns{};    ///< Of equals: any of these will do as well.

    [[nodiscard]] bool is_met_by(const Scalar& scalar) const;
};

/// What must hold of one field of a record.
///
/// An array holds what one of its elements holds, all tests together; `unequal` it is if no element
/// is equal. Headers of one name are an array of their values. Of a field that is not there only
/// `exists` false holds.
struct Condition {
    Field field;
    std::vector<Test> tests{};
    std::optional<Literal> unequal{};
    std::optional<bool> exists{};

    /// A condition on the payload asks for one that is JSON.
    [[nodiscard]] bool holds(Candidate& candidate) const;
};

}  // namespace gateway
