#include "wire/escape.hpp"
#include "wire/push.hpp"

namespace gateway {

void append_command_request(std::string& out, const CommandView& command) {
    out += R"({"id":)";
    append_string(out, command.job);
    out += R"(,"t":"command","a":"request","p":{"service":)";
    append_string(out, command.service);
    out += R"(,"command":)";
    append_string(out, command.command);
    out += R"(,"data":)";
    out += command.data;
    out += R"(,"attempt":)";
    append_number(out, command.attempt);
    out += R"(,"timeout":)";
    append_number(out, command.timeout.count());
    out += "}}";
}

void append_command_cancel(std::string& out, std::uint64_t id, std::string_view job, Errc why) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(id));
    out += R"(,"t":"command","a":"cancel","p":{"id":)";
    append_string(out, job);
    out += R"(,"code":")";
    out += traits_of(why).name;
    out += R"("}})";
}

void append_progress(std::string& out, const ReplyHead& head, std::string_view data) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(head.id));
    out += R"(,"refid":)";
    out += head.refid.empty() ? std::string_view("null") : head.refid;
    out += R"(,"t":"command","a":"progress","p":)";
    out += data;
    out += '}';
}

void append_command_failure(std::string& out, const ReplyHead& head, const Error& error,
                            std::string_view data) {
    append_failure(out, head, error);
    if (data.empty()) return;
    out.resize(out.size() - 2);
    out += R"(,"data":)";
    out += data;
    out += "}}";
}

}  // namespace gateway
