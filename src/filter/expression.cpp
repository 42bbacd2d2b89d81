#include "filter/expression.hpp"

#include <algorithm>

namespace gateway {

bool Expression::holds(Candidate& candidate, bool if_unknown) const {
    const auto operand_holds = [&](const Expression& operand) {
        return operand.holds(candidate, if_unknown);
    };
    switch (op) {
        case Op::condition:
            if (condition->field.place() == Field::Place::payload && !candidate.is_json()) {
                return if_unknown;
            }
            return condition->holds(candidate);
        case Op::all:
            return std::all_of(operands.begin(), operands.end(), operand_holds);
        case Op::any:
            return std::any_of(operands.begin(), operands.end(), operand_holds);
        case Op::negation:
            return !operands.front().holds(candidate, !if_unknown);
    }
    return false;
}

bool Expression::reads(Field::Place place) const {
    if (condition) return condition->field.place() == place;
    return std::any_of(operands.begin(), operands.end(),
                       [&](const Expression& operand) { return operand.reads(place); });
}

}  // namespace gateway
