#include "filter/regex.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gateway {

namespace {

constexpr std::string_view all_flags = "imsgu";

struct Spelling {
    std::string_view body;
    std::string_view flags;
};

Spelling taken_apart(std::string_view literal) {
    const std::size_t slash = literal.rfind('/');
    return {literal.substr(1, slash - 1), literal.substr(slash + 1)};
}

}  // namespace

bool Regex::is_literal(std::string_view text) {
    const std::size_t slash = text.rfind('/');
    if (!text.starts_with('/') || slash < 2) return false;
    const std::string_view flags = text.substr(slash + 1);
    return std::all_of(flags.begin(), flags.end(), [&](char flag) {
        return all_flags.find(flag) != std::string_view::npos &&
               flags.find(flag) == flags.rfind(flag);
    });
}

Result<Regex> Regex::compile(std::string_view literal, const Limits& limits) {
    const auto [body, flags] = taken_apart(literal);
    // g and u, which browsers' programs write, change nothing: a text matches or does not, and is
    // Unicode.
    std::string kept;
    for (const char flag : std::string_view("ims")) {
        if (flags.find(flag) != std::string_view::npos) kept += flag;
    }

    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(static_cast<std::int64_t>(limits.max_memory));
    const std::string pattern =
        kept.empty() ? std::string(body) : fmt::format("(?{}){}", kept, body);
    auto program = std::make_unique<const re2::RE2>(pattern, options);
    if (program->error_code() == re2::RE2::ErrorPatternTooLarge) {
        return Error(Errc::invalid_filter,
                     fmt::format("is a regular expression that takes more memory than "
                                 "filter.max_regex_bytes allows: {}",
                                 limits.max_memory));
    }
    if (!program->ok()) {
        return Error(Errc::invalid_filter,
                     fmt::format("is not a regular expression of RE2: {}", program->error()));
    }
    Regex regex(std::move(program), fmt::format("/{}/{}", body, kept), limits.max_steps);
    if (regex.program_size() > limits.max_program) {
        return Error(Errc::invalid_filter,
                     fmt::format("is too large a regular expression: {} instructions of RE2, of {} "
                                 "that are left of filter.max_regex_program",
                                 regex.program_size(), limits.max_program));
    }
    return regex;
}

Regex::Regex(std::unique_ptr<const re2::RE2> program, std::string text, std::size_t max_steps)
    : program_(std::move(program)),
      text_(std::move(text)),
      max_text_(max_steps / std::max<std::size_t>(program_size(), 1)) {}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

std::size_t Regex::program_size() const {
    return static_cast<std::size_t>(program_->ProgramSize());
}

bool Regex::matches(std::string_view text) const {
    return text.size() <= max_text_ && program_->Match({text.data(), text.size()}, 0, text.size(),
                                                       re2::RE2::UNANCHORED, nullptr, 0);
}

bool Regex::matches_beginning(std::string_view text) const {
    return text.size() <= max_text_ && program_->Match({text.data(), text.size()}, 0, text.size(),
                                                       re2::RE2::ANCHOR_START, nullptr, 0);
}

}  // namespace gateway
