#include "wire/escape.hpp"
#include "wire/push.hpp"

namespace gateway {

namespace {

void append_head(std::string& out, std::uint64_t id, std::string_view action) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(id));
    out += R"(,"t":"service","a":")";
    out += action;
    out += R"(","p":{)";
}

void append_service(std::string& out, std::string_view service) {
    out += R"("service":)";
    append_string(out, service);
    out += ',';
}

/// The members that follow the service.
void append_traits(std::string& out, const WorkerView& worker) {
    out += R"("worker":)";
    append_string(out, worker.worker);
    out += R"(,"commands":)";
    append_strings(out, worker.commands);
    out += R"(,"credit":)";
    append_number(out, worker.credit);
    if (!worker.about.empty()) {
        out += R"(,"about":)";
        out += worker.about;
    }
}

}  // namespace

void append_worker(std::string& out, const WorkerView& worker) {
    out += '{';
    append_traits(out, worker);
    out += '}';
}

void append_join(std::string& out, std::uint64_t id, const WorkerView& worker) {
    append_head(out, id, "join");
    append_service(out, worker.service);
    append_traits(out, worker);
    out += "}}";
}

void append_leave(std::string& out, std::uint64_t id, std::string_view service,
                  std::string_view worker) {
    append_head(out, id, "leave");
    append_service(out, service);
    out += R"("worker":)";
    append_string(out, worker);
    out += "}}";
}

void append_service_gap(std::string& out, std::uint64_t id, std::size_t count) {
    append_head(out, id, "gap");
    out += R"("count":)";
    append_number(out, static_cast<std::int64_t>(count));
    out += "}}";
}

}  // namespace gateway
