#include "config/node.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "base/number.hpp"
#include "config/error.hpp"

namespace gateway::config {
namespace {

/// An alias may contain itself.
constexpr int deepest = 64;

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < ' ') {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    out += '"';
}

bool is_literal(const YAML::Node& value) {
    const bool is_quoted = value.Tag() == "!";
    const std::string& word = value.Scalar();
    return !is_quoted && (word == "true" || word == "false" || is_json_number(word));
}

}  // namespace

Node::Node(std::string file, std::string path, int line, YAML::Node value)
    : file_(std::move(file)), path_(std::move(path)), line_(line), value_(std::move(value)) {}

std::string Node::where() const { return fmt::format("{}:{}: {}", file_, line_, path_); }

void Node::fail(std::string_view what) const { throw Error(fmt::format("{}: {}", where(), what)); }

std::vector<Node> Node::elements() const {
    if (!is_list()) fail("must be a list");
    if (value_.size() == 0) fail("is an empty list; leave it out");
    std::vector<Node> elements;
    for (const auto& element : value_) {
        elements.emplace_back(file_, fmt::format("{}[{}]", path_, elements.size()),
                              line_of(element), element);
    }
    return elements;
}

std::vector<std::pair<std::string, Node>> Node::members() const {
    if (!is_map()) fail("must be a map");
    std::vector<std::pair<std::string, Node>> members;
    std::map<std::string, int> lines;
    for (const auto& entry : value_) {
        if (!entry.first.IsScalar()) fail("has a key that is no single word");
        const std::string& key = entry.first.Scalar();
        Node member(file_, fmt::format("{}.{}", path_, key), line_of(entry.first), entry.second);
        const auto [first, is_first] = lines.emplace(key, member.line_);
        if (!is_first) member.fail(fmt::format("is there twice, first in line {}", first->second));
        members.emplace_back(key, std::move(member));
    }
    return members;
}

std::string Node::text() const {
    if (value_.IsScalar()) return value_.Scalar();
    if (!is_list()) fail("must be a single value");
    std::string list;
    for (const Node& element : elements()) {
        if (!element.value_.IsScalar()) element.fail("must be a single value");
        list.append(list.empty() ? "" : ",").append(element.value_.Scalar());
    }
    return list;
}

std::string Node::name() const {
    std::string name = is_null() ? "" : text();
    if (name.empty()) fail("must be text of at least one character");
    return name;
}

bool Node::flag() const {
    const std::string word = text();
    if (word != "true" && word != "false") fail(fmt::format("\"{}\" is not true or false", word));
    return word == "true";
}

std::string Node::json() const {
    std::string out;
    append_json(out, 0);
    return out;
}

void Node::append_json(std::string& out, int depth) const {
    if (depth > deepest) fail("is nested too deeply");
    if (is_map()) {
        out += '{';
        for (const auto& [key, member] : members()) {
            if (out.back() != '{') out += ',';
            append_string(out, key);
            out += ':';
            member.append_json(out, depth + 1);
        }
        out += '}';
    } else if (is_list()) {
        out += '[';
        for (const auto& element : value_) {
            if (out.back() != '[') out += ',';
            Node(file_, path_, line_of(element), element).append_json(out, depth + 1);
        }
        out += ']';
    } else if (is_null()) {
        out += "null";
    } else if (is_literal(value_)) {
        out += value_.Scalar();
    } else {
        append_string(out, value_.Scalar());
    }
}

}  // namespace gateway::config
