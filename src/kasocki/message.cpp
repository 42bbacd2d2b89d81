#include "kasocki/message.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "wire/base64.hpp"
#include "wire/escape.hpp"

namespace gateway::kasocki {

namespace {

constexpr std::array<std::string_view, 6> names{"topic",     "partition", "offset",
                                                "timestamp", "key",       "key_e"};

void append_key(std::string& out, std::string_view key) {
    if (is_utf8(key)) return append_string(out, key);
    out += '"';
    append_base64(out, key);
    out += R"(","key_e":"base64")";
}

}  // namespace

MessageWriter::MessageWriter(std::string_view field) : field_(field) {
    append_string(quoted_, field);
}

std::optional<std::string_view> MessageWriter::write(const Record& record) {
    const auto* members = record.value ? value_.read(*record.value) : nullptr;
    if (!members) return std::nullopt;

    const auto last = std::find_if(members->rbegin(), members->rend(),
                                   [&](const auto& member) { return member.name == field_; });
    const std::string_view value = *record.value;
    message_.clear();
    if (last == members->rend()) {
        message_.append(value.substr(0, value.rfind('}')));
        if (!members->empty()) message_ += ',';
        message_.append(quoted_) += ":{";
        append_place(record);
        message_ += "}}";
        return message_;
    }
    const auto begin = static_cast<std::size_t>(last->value.data() - value.data());
    message_.append(value.substr(0, begin)) += '{';
    if (!append_others(last->value)) return std::nullopt;
    append_place(record);
    message_ += '}';
    message_.append(value.substr(begin + last->value.size()));
    return message_;
}

bool MessageWriter::append_others(std::string_view object) {
    const auto* members = inner_.read(object);
    if (!members) return false;
    for (const auto& [name, value] : *members) {
        if (std::ranges::find(names, name) != names.end()) continue;
        append_string(message_, name);
        message_ += ':';
        message_.append(value) += ',';
    }
    return true;
}

void MessageWriter::append_place(const Record& record) {
    message_ += R"("topic":)";
    append_string(message_, record.topic);
    fmt::format_to(std::back_inserter(message_),
                   R"(,"partition":{},"offset":{},"timestamp":{},"key":)", record.partition,
                   record.offset, record.timestamp);
    if (record.key) {
        append_key(message_, *record.key);
    } else {
        message_ += "null";
    }
}

}  // namespace gateway::kasocki
