#include "cluster/word.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <span>

#include <fmt/format.h>

#include "cluster/fields.hpp"
#include "wire/escape.hpp"

namespace gateway::cluster {
namespace {

using What = Word::What;
using Value = Outline::Value;

using services::JobView;
using Verb = Word::Verb;

constexpr std::array<std::string_view, 9> names{
    "hello", "job", "recall", "progress", "answer", "give_back", "give_up", "ask", "told"};
constexpr std::array<std::string_view, 4> verbs{"answer", "progress", "cancel", "find"};
constexpr std::array<std::string_view, 3> states{"queued", "working", "ended"};

template <typename Enum>
std::string_view name_of(Enum value, std::span<const std::string_view> all) {
    return all[static_cast<std::size_t>(value)];
}

template <typename Enum>
bool read_one_of(std::span<const std::string_view> all, const Value& from, std::string_view field,
                 Enum& out) {
    std::string name;
    if (!read(from, field, name)) return false;
    const auto found = std::ranges::find(all, name);
    out = static_cast<Enum>(found - all.begin());
    return found != all.end();
}

void append_field(std::string& out, std::string_view name, std::string_view text) {
    out.append(",\"").append(name).append("\":");
    append_string(out, text);
}

void append_field(std::string& out, std::string_view name, std::uint64_t number) {
    fmt::format_to(std::back_inserter(out), R"(,"{}":{})", name, number);
}

bool read_id(const Value& from, services::Uuid& out) {
    std::string id;
    if (!read(from, "job", id)) return false;
    const auto job = services::parse_uuid(id);
    if (job) out = *job;
    return job.has_value();
}

bool read_job(const Value& from, Word& out) {
    return read_id(from, out.job) && read(from, "attempt", out.attempt) && out.attempt > 0 &&
           read(from, "service", out.service);
}

bool read_error(const Value& from, std::string_view field, Errc& out) {
    std::string name;
    if (!read(from, field, name)) return false;
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

bool read_outcome(const Value& from, JobView& out) {
    Errc why{};
    if (read_error(from, "why", why)) {
        out.outcome = Error(why);
        return true;
    }
    return read(from, "is_failure", out.outcome.emplace(services::Answer{})->is_failure);
}

bool read_told(const Value& from, Word& out) {
    if (from.field("refusal")) {
        Error& refusal = out.refusal.emplace(Errc::internal);
        return read_error(from, "refusal", refusal.code) && read(from, "message", refusal.message);
    }
    if (!from.field("state")) return true;
    JobView& view = out.view.emplace();
    return read_id(from, view.id) && read(from, "service", view.service) &&
           read(from, "command", view.command) && read(from, "attempts", view.attempts) &&
           read_one_of(states, from, "state", view.state) &&
           (view.state != JobView::State::ended || read_outcome(from, view));
}

bool read_own(const Value& from, Word& out) {
    switch (out.what) {
        case What::hello:
            return read(from, "queue", out.queue) && read(from, "seen", out.seen);
        case What::job:
            return read_job(from, out) && read(from, "command", out.command) &&
                   read_timeout(from, out.timeout);
        case What::recall:
            return read_job(from, out) && read_error(from, "why", out.why);
        case What::answer:
            return read_job(from, out) && read(from, "is_failure", out.is_failure);
        case What::give_back:
            return read_job(from, out) && read(from, "version", out.version);
        case What::progress:
        case What::give_up:
            return read_job(from, out);
        case What::ask:
            return read(from, "question", out.question) &&
                   read_one_of(verbs, from, "verb", out.verb) && read_id(from, out.job) &&
                   read(from, "is_failure", out.is_failure);
        case What::told:
            return read(from, "question", out.question) && read_told(from, out);
    }
    return false;
}

void append_flag(std::string& out, std::string_view name, bool flag) {
    out.append(",\"").append(name).append(flag ? "\":true" : "\":false");
}

void append_view(std::string& out, const JobView& view) {
    append_field(out, "job", to_string(view.id));
    append_field(out, "service", view.service);
    append_field(out, "command", view.command);
    append_field(out, "attempts", view.attempts);
    append_field(out, "state", name_of(view.state, states));
    if (!view.outcome) return;
    if (*view.outcome) return append_flag(out, "is_failure", (*view.outcome)->is_failure);
    append_field(out, "why", traits_of(view.outcome->error().code).name);
}

void append_job(std::string& out, const Word& word) {
    append_field(out, "job", to_string(word.job));
    append_field(out, "attempt", word.attempt);
    append_field(out, "service", word.service);
}

void append_own(std::string& out, const Word& word) {
    switch (word.what) {
        case What::hello:
            append_field(out, "queue", word.queue);
            return append_field(out, "seen", word.seen);
        case What::job:
            append_job(out, word);
            append_field(out, "command", word.command);
            return append_field(out, "timeout", static_cast<std::uint64_t>(word.timeout.count()));
        case What::recall:
            append_job(out, word);
            return append_field(out, "why", traits_of(word.why).name);
        case What::answer:
            append_job(out, word);
            return append_flag(out, "is_failure", word.is_failure);
        case What::give_back:
            append_job(out, word);
            return append_field(out, "version", word.version);
        case What::progress:
        case What::give_up:
            return append_job(out, word);
        case What::ask:
            append_field(out, "question", word.question);
            append_field(out, "verb", name_of(word.verb, verbs));
            append_field(out, "job", to_string(word.job));
            return append_flag(out, "is_failure", word.is_failure);
        case What::told:
            append_field(out, "question", word.question);
            if (word.refusal) {
                append_field(out, "refusal", traits_of(word.refusal->code).name);
                append_field(out, "message", word.refusal->message);
            }
            if (word.view) append_view(out, *word.view);
    }
}

bool may_have_body(What what) {
    return what == What::job || what == What::progress || what == What::answer ||
           what == What::ask || what == What::told;
}

}  // namespace

void Word::append(std::string& out) const {
    fmt::format_to(std::back_inserter(out), R"({{"what":"{}","life":{},"number":{})",
                   name_of(what, names), life, number);
    append_field(out, "from", from);
    append_field(out, "to", to);
    append_own(out, *this);
    out += "}\n";
    if (body) out += *body;
}

std::optional<Word> parse_word(std::string_view record, Outline& outline) {
    const std::size_t end = record.find('\n');
    if (end == record.npos) return std::nullopt;
    const Value* const line = outline.read(record.substr(0, end));
    Word word;
    if (!line || !read_one_of(names, *line, "what", word.what) || !read(*line, "from", word.from) ||
        !read(*line, "to", word.to) || !read(*line, "life", word.life) ||
        !read(*line, "number", word.number) || !read_own(*line, word)) {
        return std::nullopt;
    }
    // No JSON is empty: what a job that was not kept had been answered with is unknown.
    const std::string_view body = record.substr(end + 1);
    if (may_have_body(word.what) && !body.empty()) {
        word.body = std::make_shared<const std::string>(body);
    }
    const bool has_answer = word.view && word.view->outcome && *word.view->outcome;
    if (has_answer) (*word.view->outcome)->body = word.body;
    return word;
}

}  // namespace gateway::cluster
