#include "filter/compiler.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gateway {

namespace {

using Kind = Outline::Kind;

enum class Takes : std::uint8_t { literal, ordered, string, boolean };

struct Operator {
    std::string_view name;
    Takes takes;
    std::optional<Test::Op> op;  ///< Where it is a test of one value.
};

constexpr std::array<Operator, 8> operators{{
    {"eq", Takes::literal, Test::Op::equals},
    {"exists", Takes::boolean, std::nullopt},
    {"gt", Takes::ordered, Test::Op::gt},
    {"gte", Takes::ordered, Test::Op::gte},
    {"lt", Takes::ordered, Test::Op::lt},
    {"lte", Takes::ordered, Test::Op::lte},
    {"ne", Takes::literal, std::nullopt},
    {"prefix", Takes::string, Test::Op::prefix},
}};

constexpr std::string_view known_operators = "eq, exists, gt, gte, lt, lte, ne and prefix";

const Operator* operator_of(std::string_view name) {
    const auto* found = std::find_if(operators.begin(), operators.end(),
                                     [&](const Operator& row) { return row.name == name; });
    return found == operators.end() ? nullptr : found;
}

/// Why an operator does not take a value of this kind; empty if it does.
std::string_view refusal(Takes takes, Kind kind) {
    const bool is_container = kind == Kind::array || kind == Kind::object;
    switch (takes) {
        case Takes::literal:
            return is_container ? "must be a string, a number, true, false or null" : "";
        case Takes::ordered:
            return kind == Kind::number || kind == Kind::string ? ""
                                                                : "must be a number or a string";
        case Takes::string:
            return kind == Kind::string ? "" : "must be a string";
        case Takes::boolean:
            return kind == Kind::yes || kind == Kind::no ? "" : "must be true or false";
    }
    return "";
}

/// Short enough for a message, and UTF-8.
std::string clipped(std::string_view text) {
    constexpr std::size_t longest = 200;
    if (text.size() <= longest) return std::string(text);
    std::size_t end = longest;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "…";
}

std::string quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

}  // namespace

Result<std::shared_ptr<const Filter>> Compiler::compile(std::string_view json) {
    Outline outline;
    Part whole;
    bool ok = json.size() <= options_.max_bytes ||
              fail(fmt::format("is longer than filter.max_bytes allows: {}", options_.max_bytes));
    if (ok) {
        const Value* value = outline.read(json);
        ok = value ? read_filter(*value, 0, whole) : fail("is not well-formed JSON");
    }
    if (!ok) return *error_;
    return std::make_shared<const Filter>(std::move(whole.expression), std::move(whole.text));
}

bool Compiler::read_filter(const Value& value, int depth, Part& out) {
    if (value.kind != Kind::object) return fail("must be an object");
    if (depth > options_.max_depth) {
        return fail(
            fmt::format("is nested deeper than filter.max_depth allows: {}", options_.max_depth));
    }
    // In the order of their keys, the record's own, with their $, come before nearly everything,
    // and a payload is not parsed where they say no.
    std::map<std::string, Part> parts;
    for (const Value* entry = value.first(); entry != value.end(); entry = entry->next()) {
        const bool ok = at(fmt::format("[{}]", clipped(quoted(entry->key))), [&] {
            std::string key;
            Part part;
            if (!read_entry(*entry, depth, key, part)) return false;
            return parts.emplace(std::move(key), std::move(part)).second || fail("stands twice");
        });
        if (!ok) return false;
    }
    out.text = '{';
    for (auto& [key, part] : parts) {
        if (out.text.size() > 1) out.text += ',';
        append_quoted(out.text, key);
        out.text += ':';
        out.text += part.text;
        out.expression.operands.push_back(std::move(part.expression));
    }
    out.text += '}';
    if (out.expression.operands.size() == 1) {
        out.expression = Expression(std::move(out.expression.operands.front()));
    }
    return true;
}

bool Compiler::read_entry(const Value& value, int depth, std::string& key, Part& out) {
    if (value.key == any_key || value.key == not_key) {
        key = value.key;
        return key == any_key ? read_any(value, depth, out) : read_not(value, depth, out);
    }
    return read_condition(value, key, out);
}

bool Compiler::read_any(const Value& value, int depth, Part& out) {
    if (value.kind != Kind::array || value.first() == value.end()) {
        return fail("must be an array of at least one filter");
    }
    std::map<std::string, Expression> alternatives;
    int index = 0;
    for (const Value* item = value.first(); item != value.end(); item = item->next()) {
        Part part;
        if (!at(fmt::format("[{}]", index++), [&] { return read_filter(*item, depth + 1, part); }))
            return false;
        alternatives.emplace(std::move(part.text), std::move(part.expression));
    }
    out.expression.op = Expression::Op::any;
    std::vector<std::string_view> texts;
    for (auto& [text, expression] : alternatives) {
        texts.push_back(text);
        out.expression.operands.push_back(std::move(expression));
    }
    out.text = fmt::format("[{}]", fmt::join(texts, ","));
    return true;
}

bool Compiler::read_not(const Value& value, int depth, Part& out) {
    Part negated;
    if (!read_filter(value, depth + 1, negated)) return false;
    out.expression.op = Expression::Op::negation;
    out.expression.operands.push_back(std::move(negated.expression));
    out.text = std::move(negated.text);
    return true;
}

bool Compiler::read_condition(const Value& value, std::string& key, Part& out) {
    auto field = Field::parse(value.key);
    if (!field) return fail(field.error().message);
    key = field->text();
    Condition condition{.field = std::move(*field)};
    if (value.kind == Kind::object) {
        if (!read_operators(value, condition, out.text)) return false;
    } else if (!read_equals(value, condition.tests.emplace_back(), out.text)) {
        return false;
    }
    out.expression.op = Expression::Op::condition;
    out.expression.condition = std::move(condition);
    return true;
}

bool Compiler::read_equals(const Value& value, Test& test, std::string& text) {
    std::map<std::string, std::variant<Literal, Regex>> choices;
    const auto read_choice = [&](const Value& item) {
        if (item.kind == Kind::string && Regex::is_literal(item.text)) {
            std::optional<Regex> regex;
            if (!read_regex(item.text, regex)) return false;
            choices.emplace(quoted(regex->text()), std::move(*regex));
            return true;
        }
        Literal literal;
        if (!read_literal(item, literal)) return false;
        choices.emplace(literal.text(), std::move(literal));
        return true;
    };

    if (value.kind != Kind::array) {
        if (!read_choice(value)) return false;
    } else {
        int index = 0;
        for (const Value* item = value.first(); item != value.end(); item = item->next()) {
            if (!at(fmt::format("[{}]", index++), [&] { return read_choice(*item); })) return false;
        }
        if (choices.empty()) return fail("must have at least one value");
    }

    std::vector<std::string_view> texts;
    for (auto& [choice_text, choice] : choices) {
        texts.push_back(choice_text);
        if (auto* literal = std::get_if<Literal>(&choice)) {
            test.literals.push_back(std::move(*literal));
        } else {
            test.patterns.push_back(std::move(std::get<Regex>(choice)));
        }
    }
    const bool is_list = texts.size() > 1;
    text = fmt::format("{}{}{}", is_list ? "[" : "", fmt::join(texts, ","), is_list ? "]" : "");
    return true;
}

bool Compiler::read_operators(const Value& value, Condition& condition, std::string& text) {
    std::map<std::string_view, std::string> texts;
    for (const Value* item = value.first(); item != value.end(); item = item->next()) {
        const bool ok = at(fmt::format(".{}", clipped(item->key)), [&] {
            const auto [place, is_new] = texts.emplace(item->key, "");
            if (!is_new) return fail("stands twice");
            return read_operator(*item, condition, place->second);
        });
        if (!ok) return false;
    }
    if (texts.empty()) return fail(fmt::format("must have an operator of {}", known_operators));

    const bool is_eq_alone = texts.size() == 1 && texts.begin()->first == "eq";
    if (is_eq_alone && !Regex::is_literal(condition.tests.front().literals.front().string)) {
        text = std::move(texts.begin()->second);
        return true;
    }
    text = '{';
    for (const auto& [name, operand] : texts) {
        text += fmt::format("{}\"{}\":{}", text.size() > 1 ? "," : "", name, operand);
    }
    text += '}';
    return true;
}

bool Compiler::read_operator(const Value& value, Condition& condition, std::string& text) {
    const Operator* row = operator_of(value.key);
    if (!row) return fail(fmt::format("is no operator; there are {}", known_operators));
    if (const auto reason = refusal(row->takes, value.kind); !reason.empty()) return fail(reason);
    Literal literal;
    if (!read_literal(value, literal)) return false;
    text = literal.text();
    if (row->op) {
        condition.tests.push_back({.op = *row->op, .literals = {std::move(literal)}});
    } else if (row->takes == Takes::boolean) {
        condition.exists = literal.kind == Kind::yes;
    } else {
        condition.unequal = std::move(literal);
    }
    return true;
}

bool Compiler::read_regex(std::string_view literal, std::optional<Regex>& out) {
    if (!count_condition()) return false;
    if (++regexes_ > options_.max_regexes) {
        return fail(fmt::format("is a regular expression more than filter.max_regexes allows: {}",
                                options_.max_regexes));
    }
    Regex::Limits limits = options_.regex;
    limits.max_program -= program_;
    auto regex = Regex::compile(literal, limits);
    if (!regex) return fail(clipped(regex.error().message));
    program_ += regex->program_size();
    out = std::move(*regex);
    return true;
}

bool Compiler::read_literal(const Value& value, Literal& out) {
    if (!count_condition()) return false;
    const auto reason = refusal(Takes::literal, value.kind);
    if (!reason.empty()) return fail(reason);
    out = Literal::of(value);
    return out.number.is_finite() || fail("is a number beyond the range of a double");
}

template <typename Read>
bool Compiler::at(std::string_view step, Read read) {
    const std::size_t size = path_.size();
    path_ += step;
    if (!read()) return false;
    path_.resize(size);
    return true;
}

bool Compiler::count_condition() {
    return ++conditions_ <= options_.max_conditions ||
           fail(fmt::format("is a condition more than filter.max_conditions allows: {}",
                            options_.max_conditions));
}

bool Compiler::fail(std::string_view reason) {
    error_.emplace(Errc::invalid_filter, fmt::format("{} {}", path_, reason));
    return false;
}

}  // namespace gateway
