#include "cluster/word.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "cluster/fields.hpp"
#include "wire/escape.hpp"

namespace gateway::cluster {
namespace {

using What = Word::What;
using Value = Outline::Value;

constexpr std::array<std::string_view, 7> names{"hello",  "job",       "recall", "progress",
                                                "answer", "give_back", "give_up"};

void append_field(std::string& out, std::string_view name, std::string_view text) {
    out.append(",\"").append(name).append("\":");
    append_string(out, text);
}

void append_field(std::string& out, std::string_view name, std::uint64_t number) {
    fmt::format_to(std::back_inserter(out), R"(,"{}":{})", name, number);
}

bool read_what(const Value& from, What& out) {
    std::string name;
    if (!read(from, "what", name)) return false;
    const auto found = std::ranges::find(names, name);
    out = static_cast<What>(found - names.begin());
    return found != names.end();
}

bool read_job(const Value& from, Word& out) {
    std::string id;
    if (!read(from, "job", id) || !read(from, "attempt", out.attempt) ||
        !read(from, "service", out.service)) {
        return false;
    }
    const auto job = services::parse_uuid(id);
    if (job) out.job = *job;
    return job && out.attempt > 0;
}

bool read_why(const Value& from, Errc& out) {
    std::string name;
    if (!read(from, "why", name)) return false;
    const auto found = std::ranges::find(error_table, name, &ErrorTraits::name);
    if (found == error_table.end()) return false;
    out = found->code;
    return true;
}

bool read_timeout(const Value& from, std::chrono::milliseconds& out) {
    std::int64_t timeout = 0;
    if (!read(from, "timeout", timeout) || timeout < 0) return false;
    out = std::chrono::milliseconds(timeout);
    return true;
}

bool read_own(const Value& from, Word& out) {
    switch (out.what) {
        case What::hello:
            return read(from, "queue", out.queue) && read(from, "seen", out.seen);
        case What::job:
            return read_job(from, out) && read(from, "command", out.command) &&
                   read_timeout(from, out.timeout);
        case What::recall:
            return read_job(from, out) && read_why(from, out.why);
        case What::answer:
            return read_job(from, out) && read(from, "is_failure", out.is_failure);
        case What::give_back:
            return read_job(from, out) && read(from, "version", out.version);
        case What::progress:
        case What::give_up:
            return read_job(from, out);
    }
    return false;
}

}  // namespace

void Word::append(std::string& out) const {
    fmt::format_to(std::back_inserter(out), R"({{"what":"{}","life":{},"number":{})",
                   names[static_cast<std::size_t>(what)], life, number);
    append_field(out, "from", from);
    append_field(out, "to", to);
    if (what == What::hello) {
        append_field(out, "queue", queue);
        append_field(out, "seen", seen);
    } else {
        append_field(out, "job", to_string(job));
        append_field(out, "attempt", attempt);
        append_field(out, "service", service);
    }
    if (what == What::job) {
        append_field(out, "command", command);
        append_field(out, "timeout", static_cast<std::uint64_t>(timeout.count()));
    }
    if (what == What::give_back) append_field(out, "version", version);
    if (what == What::recall) append_field(out, "why", traits_of(why).name);
    if (what == What::answer)
        out += is_failure ? R"(,"is_failure":true)" : R"(,"is_failure":false)";
    out += "}\n";
    if (body) out += *body;
}

std::optional<Word> parse_word(std::string_view record, Outline& outline) {
    const std::size_t end = record.find('\n');
    if (end == record.npos) return std::nullopt;
    const Value* const line = outline.read(record.substr(0, end));
    Word word;
    if (!line || !read_what(*line, word.what) || !read(*line, "from", word.from) ||
        !read(*line, "to", word.to) || !read(*line, "life", word.life) ||
        !read(*line, "number", word.number) || !read_own(*line, word)) {
        return std::nullopt;
    }
    const bool has_body =
        word.what == What::job || word.what == What::progress || word.what == What::answer;
    if (has_body) word.body = std::make_shared<const std::string>(record.substr(end + 1));
    return word;
}

}  // namespace gateway::cluster
