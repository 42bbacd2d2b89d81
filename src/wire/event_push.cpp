#include "wire/escape.hpp"
#include "wire/push.hpp"

namespace gateway {

void append_event(std::string& out, std::uint64_t id, std::string_view name,
                  const std::optional<std::string_view>& service, std::string_view data) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(id));
    out += R"(,"t":"event","p":{"name":)";
    append_string(out, name);
    if (service) {
        out += R"(,"service":)";
        append_string(out, *service);
    }
    out += R"(,"data":)";
    out += data;
    out += "}}";
}

void append_event_gap(std::string& out, std::uint64_t id, std::size_t count) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(id));
    out += R"(,"t":"event","a":"gap","p":{"count":)";
    append_number(out, static_cast<std::int64_t>(count));
    out += "}}";
}

}  // namespace gateway
