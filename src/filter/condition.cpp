#include "filter/condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace gateway {

namespace {

using Kind = Outline::Kind;

/// A condition and what has been seen of the field's values.
class Verdict {
public:
    explicit Verdict(const Condition& condition)
        : condition_(condition), is_met_(condition.tests.empty()) {}

    void see(const Scalar& scalar) {
        is_refused_ = is_refused_ || (condition_.unequal && scalar == *condition_.unequal);
        is_met_ = is_met_ || std::all_of(condition_.tests.begin(), condition_.tests.end(),
                                         [&](const Test& test) { return test.is_met_by(scalar); });
    }

    [[nodiscard]] bool holds() const { return is_met_ && !is_refused_; }

private:
    const Condition& condition_;
    bool is_met_;
    bool is_refused_ = false;
};

bool holds_where_absent(const Condition& condition) {
    return condition.tests.empty() && !condition.unequal && condition.exists == false;
}

bool holds_of_payload(const Condition& condition, const Outline::Value& payload) {
    const Outline::Value* value = condition.field.find(payload);
    if (!value) return holds_where_absent(condition);
    if (condition.exists == false) return false;
    Verdict verdict(condition);
    if (value->kind == Kind::array) {
        for (const auto* item = value->first(); item != value->end(); item = item->next()) {
            verdict.see(Scalar::of(*item));
        }
    } else {
        verdict.see(Scalar::of(*value));
    }
    return verdict.holds();
}

/// No key is null, so that it can be asked for like a payload's null, and does not exist either.
bool holds_of_key(const Condition& condition, const Candidate::Parts& parts) {
    if (condition.exists && *condition.exists != parts.key.has_value()) return false;
    Verdict verdict(condition);
    verdict.see(parts.key ? Scalar::of(*parts.key) : Scalar{});
    return verdict.holds();
}

bool holds_of_headers(const Condition& condition, const Candidate::Parts& parts) {
    bool is_there = false;
    Verdict verdict(condition);
    for (const Header& header : parts.headers) {
        if (header.name != condition.field.name()) continue;
        is_there = true;
        verdict.see(header.value ? Scalar::of(*header.value) : Scalar{});
    }
    if (!is_there) return holds_where_absent(condition);
    return condition.exists != false && verdict.holds();
}

bool holds_of_partition(const Condition& condition, const Candidate::Parts& parts) {
    if (condition.exists == false) return false;
    std::array<char, 12> digits{};
    const char* const end = std::to_chars(digits.begin(), digits.end(), parts.partition).ptr;
    Verdict verdict(condition);
    verdict.see({.kind = Kind::number,
                 .text = {digits.data(), static_cast<std::size_t>(end - digits.data())},
                 .number = Number(parts.partition)});
    return verdict.holds();
}

}  // namespace

bool Test::is_met_by(const Scalar& scalar) const {
    switch (op) {
        case Op::equals:
            if (std::any_of(literals.begin(), literals.end(),
                            [&](const Literal& literal) { return scalar == literal; })) {
                return true;
            }
            return (scalar.kind == Kind::string || scalar.kind == Kind::number) &&
                   std::any_of(patterns.begin(), patterns.end(),
                               [&](const Regex& pattern) { return pattern.matches(scalar.text); });
        case Op::gt:
            return scalar > literals.front();
        case Op::gte:
            return scalar >= literals.front();
        case Op::lt:
            return scalar < literals.front();
        case Op::lte:
            return scalar <= literals.front();
        case Op::prefix:
            return scalar.kind == Kind::string && scalar.text.starts_with(literals.front().string);
    }
    return false;
}

bool Condition::holds(Candidate& candidate) const {
    switch (field.place()) {
        case Field::Place::payload: {
            const Outline::Value* payload = candidate.payload();
            return payload && holds_of_payload(*this, *payload);
        }
        case Field::Place::key:
            return holds_of_key(*this, candidate.parts());
        case Field::Place::headers:
            return holds_of_headers(*this, candidate.parts());
        case Field::Place::partition:
            return holds_of_partition(*this, candidate.parts());
    }
    return false;
}

}  // namespace gateway
