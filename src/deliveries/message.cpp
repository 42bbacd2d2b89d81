#include "deliveries/message.hpp"

#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/header_names.hpp"
#include "base/number.hpp"
#include "wire/escape.hpp"
#include "wire/message.hpp"
#include "wire/reply.hpp"

namespace gateway::deliveries {

namespace {

using Kind = Outline::Kind;

constexpr std::string_view everyone = "*";

std::string_view header(const Record& record, std::string_view name) {
    for (const Header& header : record.headers) {
        if (header.name == name && header.value) return *header.value;
    }
    return {};
}

std::size_t size_of(const Record& record) {
    std::size_t size = record.value.value_or("").size();
    for (const Header& header : record.headers) {
        size += header.name.size() + header.value.value_or("").size();
    }
    return size;
}

Error invalid(const char* why) { return {Errc::invalid_payload, why}; }

Error wrong_to() {
    return invalid(R"("to" must be the id of a client, {"user":…} with the name of a user, arrays )"
                   R"(of them, or "*")");
}

}  // namespace

Return return_of(const Record& record) {
    return {header(record, reply_header), header(record, correlation_header)};
}

Result<Message> MessageReader::read(const Record& record) {
    if (const auto size = size_of(record); size > options_.max_message_bytes) {
        return Error(Errc::record_too_large,
                     fmt::format("a delivery of {} bytes; deliveries.max_message_bytes allows {}",
                                 size, options_.max_message_bytes));
    }
    const auto* const members = record.value ? object_.read(*record.value) : nullptr;
    if (!members) return invalid("a delivery is a JSON object");
    std::string_view to;
    std::string_view payload;
    for (const JsonObject::Member& member : *members) {
        if (member.name == "to") to = member.value;
        if (member.name == "p") payload = member.value;
    }
    if (to.empty() || payload.empty()) return invalid(R"(a delivery has "to" and "p")");

    Message message;
    const Outline::Value* const value = outline_.read(to);
    if (!value) return invalid(R"("to" is not well-formed)");
    if (auto error = read_to(*value, message)) return *std::move(error);
    const Return where = return_of(record);
    message.payload = payload;
    message.correlation_id = where.correlation_id;
    message.reply_to = where.reply_to;
    message.is_forwarded = !header(record, forwarded_header).empty();
    return message;
}

std::optional<Error> MessageReader::read_to(const Outline::Value& to, Message& out) const {
    out.to_all = to.kind == Kind::string && to.text == everyone;
    if (out.to_all) return std::nullopt;
    const Outline::Value* const users = to.field("user");
    const bool is_alone = users && to.size == 1 + users->size;
    if (to.kind == Kind::object && !is_alone) return wrong_to();
    return users ? read_names(*users, out.users) : read_names(to, out.clients);
}

std::optional<Error> MessageReader::read_names(const Outline::Value& names,
                                               std::vector<std::string>& out) const {
    if (names.kind == Kind::string) {
        out.emplace_back(names.text);
        return std::nullopt;
    }
    if (names.kind != Kind::array) return wrong_to();
    std::unordered_set<std::string_view> seen;
    for (const auto* name = names.first(); name != names.end(); name = name->next()) {
        if (name->kind != Kind::string) return wrong_to();
        if (!seen.insert(name->text).second) continue;
        if (seen.size() > options_.max_clients) {
            return Error(Errc::limit_reached,
                         fmt::format("a delivery to more than {} clients or users, which "
                                     "deliveries.max_clients allows",
                                     options_.max_clients));
        }
        out.emplace_back(name->text);
    }
    return std::nullopt;
}

std::string refid_of(std::string_view correlation_id) {
    std::string refid;
    if (correlation_id.size() > max_id_bytes) return refid;
    if (is_json_number(correlation_id)) {
        refid = correlation_id;
    } else if (!correlation_id.empty() && is_utf8(correlation_id)) {
        append_string(refid, correlation_id);
    }
    return refid;
}

void append_message(std::string& out, std::span<const std::string> clients,
                    std::span<const std::string> users, std::string_view payload) {
    out += R"({"to":)";
    if (!users.empty()) {
        out += R"({"user":)";
        append_strings(out, users);
        out += '}';
    } else if (!clients.empty()) {
        append_strings(out, clients);
    } else {
        append_string(out, everyone);
    }
    out += R"(,"p":)";
    out += payload;
    out += '}';
}

}  // namespace gateway::deliveries
