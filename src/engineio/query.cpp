#include "engineio/query.hpp"

#include <algorithm>

namespace gateway::engineio {
namespace {

std::optional<Revision> revision_of(std::string_view text) {
    if (text == "3") return Revision::v3;
    if (text == "4") return Revision::v4;
    return std::nullopt;
}

void take(std::string_view name, std::string_view value, Query& query) {
    if (name == "EIO") query.revision = revision_of(value);
    if (name == "transport") query.transport = value;
    if (name == "sid") query.sid = value;
    if (name == "b64") query.has_base64 = !value.empty() && value != "0";
    if (name == "j") query.has_callback = true;
}

}  // namespace

Query parse_query(std::string_view target) {
    Query query;
    std::string_view rest = target.substr(std::min(target.size(), target.find('?')));
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(pair.size());
        const std::size_t equals = std::min(pair.size(), pair.find('='));
        take(pair.substr(0, equals), pair.substr(std::min(pair.size(), equals + 1)), query);
    }
    return query;
}

}  // namespace gateway::engineio
