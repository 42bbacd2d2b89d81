#include "cluster/telling.hpp"

#include <cstdint>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cluster/fields.hpp"
#include "services/service_name.hpp"
#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway::cluster {
namespace {

using services::Emitted;
using services::Member;
using services::Told;
using Value = Outline::Value;

std::size_t size_of(const Member& member) {
    std::size_t bytes = member.about.size();
    for (const std::string& command : member.commands) bytes += command.size();
    return bytes;
}

void append_member(std::string& out, const Member& member) {
    fmt::format_to(std::back_inserter(out), R"({{"id":{},"credit":{},"about":)",
                   static_cast<std::uint64_t>(member.worker), member.credit);
    append_string(out, member.about);
    out += R"(,"commands":)";
    append_strings(out, member.commands);
    out += '}';
}

bool read_member(const Value& from, Member& out) {
    std::uint64_t id = 0;
    if (!read(from, "id", id) || !read(from, "credit", out.credit) ||
        !read(from, "about", out.about)) {
        return false;
    }
    out.worker = services::WorkerId{id};
    const Value* const commands = from.field("commands");
    if (!commands || commands->kind != Outline::Kind::array) return false;
    for (const Value* each = commands->first(); each != commands->end(); each = each->next()) {
        if (each->kind != Outline::Kind::string) return false;
        out.commands.emplace_back(each->text);
    }
    return true;
}

}  // namespace

std::string key_of(std::string_view process, std::string_view service) {
    return fmt::format("{}/{}", process, service);
}

void append_told(std::string& out, const Told& told, const Options& options) {
    fmt::format_to(std::back_inserter(out),
                   R"({{"version":{},"credit":{},"polls":{},"workers":{},"members":[)",
                   told.version, told.credit, told.polls, told.workers);
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const Member& member : told.members) {
        bytes += size_of(member);
        if (count == options.max_told_workers || bytes > options.max_told_bytes) break;
        if (count++ > 0) out += ',';
        append_member(out, member);
    }
    out += "]}";
}

std::optional<Told> parse_told(const Record& record, Outline& outline) {
    const std::string_view key = record.key.value_or("");
    const std::size_t slash = key.rfind('/');
    if (slash == key.npos) return std::nullopt;
    Told told{.process = std::string(key.substr(0, slash)),
              .service = std::string(key.substr(slash + 1))};
    if (!services::is_service_name(told.service)) return std::nullopt;
    if (record.value.value_or("").empty()) return told;
    const Value* const value = outline.read(*record.value);
    if (!value || !read(*value, "version", told.version) || !read(*value, "credit", told.credit) ||
        !read(*value, "polls", told.polls) || !read(*value, "workers", told.workers)) {
        return std::nullopt;
    }
    const Value* const members = value->field("members");
    if (!members || members->kind != Outline::Kind::array) return std::nullopt;
    for (const Value* each = members->first(); each != members->end(); each = each->next()) {
        Member member{.service = told.service, .process = told.process};
        if (!read_member(*each, member)) return std::nullopt;
        told.members.push_back(std::move(member));
    }
    return told;
}

void append_events(std::string& out, std::string_view process, std::span<const Emitted> events) {
    out += R"({"process":)";
    append_string(out, process);
    out += R"(,"events":[)";
    for (const Emitted& event : events) {
        if (&event != &events.front()) out += ',';
        out += R"({"service":)";
        append_string(out, event.service);
        out += R"(,"name":)";
        append_string(out, event.name);
        fmt::format_to(std::back_inserter(out), R"(,"size":{}}})", event.data.size());
    }
    out += "]}\n";
    for (const Emitted& event : events) out += event.data;
}

std::optional<Events> parse_events(std::string_view record, Outline& outline) {
    const std::size_t end = record.find('\n');
    if (end == record.npos) return std::nullopt;
    const Value* const line = outline.read(record.substr(0, end));
    std::string_view data = record.substr(end + 1);
    Events read_events;
    if (!line || !read(*line, "process", read_events.process)) return std::nullopt;
    const Value* const events = line->field("events");
    if (!events || events->kind != Outline::Kind::array) return std::nullopt;
    for (const Value* each = events->first(); each != events->end(); each = each->next()) {
        Emitted event;
        std::size_t size = 0;
        if (!read(*each, "service", event.service) || !read(*each, "name", event.name) ||
            !read(*each, "size", size) || size > data.size()) {
            return std::nullopt;
        }
        event.data = data.substr(0, size);
        data.remove_prefix(size);
        read_events.events.push_back(std::move(event));
    }
    return read_events;
}

}  // namespace gateway::cluster
