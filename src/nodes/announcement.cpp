#include "nodes/announcement.hpp"

#include <charconv>

#include "filter/outline.hpp"
#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway::nodes {

namespace {

using Kind = Outline::Kind;

constexpr std::size_t max_name_bytes = 1024;
constexpr Timestamp max_interval = 24 * 60 * 60 * 1000;

bool read(const Outline::Value& from, std::string_view name, std::string& out) {
    const Outline::Value* const value = from.field(name);
    if (!value || value->kind != Kind::string || value->text.size() > max_name_bytes) return false;
    out = value->text;
    return !out.empty();
}

bool read(const Outline::Value& from, std::string_view name, Timestamp& out) {
    const Outline::Value* const value = from.field(name);
    if (!value || value->kind != Kind::number) return false;
    const char* const end = value->text.data() + value->text.size();
    const auto [behind, error] = std::from_chars(value->text.data(), end, out);
    return error == std::errc() && behind == end && out >= 0;
}

void append(std::string& out, std::string_view name, std::string_view value) {
    append_string(out, name);
    out += ':';
    append_string(out, value);
    out += ',';
}

}  // namespace

std::optional<Announcement> Announcement::parse(std::string_view json) {
    Outline outline;
    const Outline::Value* const value = outline.read(json);
    Announcement told;
    std::string state;
    if (!value || !read(*value, "node", told.node) || !read(*value, "process", told.process) ||
        !read(*value, "queue", told.queue) || !read(*value, "since", told.since) ||
        !read(*value, "interval", told.interval) || !read(*value, "state", state)) {
        return std::nullopt;
    }
    if (told.interval < 1 || told.interval > max_interval) return std::nullopt;
    told.is_leaving = state == "down";
    if (!told.is_leaving && state != "up") return std::nullopt;
    return told;
}

void Announcement::append(std::string& out) const {
    out += '{';
    nodes::append(out, "node", node);
    nodes::append(out, "process", process);
    nodes::append(out, "queue", queue);
    out += R"("since":)";
    append_number(out, since);
    out += R"(,"interval":)";
    append_number(out, interval);
    out += is_leaving ? R"(,"state":"down"})" : R"(,"state":"up"})";
}

}  // namespace gateway::nodes
