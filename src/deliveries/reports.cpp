#include "deliveries/reports.hpp"

#include <vector>

#include "base/header_names.hpp"
#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway::deliveries {

void Reports::add(const Return& where, const Error& error, std::span<const std::string> names,
                  Named named) {
    if (where.reply_to.empty()) return;
    if (count_ >= options_.max_reports || bytes_ >= options_.max_unsettled_bytes) return fail();
    std::string value = R"({"t":"delivery","s":1,"p":)";
    append_error(value, error);
    value.pop_back();
    value += named == Named::users ? R"(,"users":)" : R"(,"clients":)";
    append_strings(value, names);
    value += "}}";
    std::vector<Header> headers;
    if (!where.correlation_id.empty()) {
        headers.push_back({correlation_header, where.correlation_id});
    }
    ++count_;
    bytes_ += value.size();
    sender_.to_queue(where.reply_to, value, headers,
                     [this, bytes = value.size()](const Error* refusal) {
                         if (refusal) fail();
                         --count_;
                         bytes_ -= bytes;
                     });
}

void Reports::add_unknown(const Return& where, std::span<const std::string> names, Named named) {
    if (names.empty()) return;
    counters_.unknown.fetch_add(names.size(), std::memory_order_relaxed);
    add(where, Errc::client_not_found, names, named);
}

}  // namespace gateway::deliveries
