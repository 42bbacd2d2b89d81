#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace gateway {

/// A regular expression by RE2, whose time is at most the size of the text by that of its program.
/// It matches anywhere in a text unless it is anchored.
class Regex {
public:
    struct Limits {
        std::size_t max_program = 4000;       ///< RE2's instructions.
        std::size_t max_memory = 128U << 10;  ///< Bytes, for the program and what it caches.

        /// Bytes of a text by the program's instructions: what a search takes at worst, some
        /// nanoseconds each. Nothing is found in a longer text.
        std::size_t max_steps = 1'000'000;
    };

    /// Whether a string is one: `/body/flags` with a body, and of the flags i m s g u each at most
    /// once. The last slash ends the body.
    [[nodiscard]] static bool is_literal(std::string_view text);

    /// From a literal. Otherwise an invalid_filter with the reason.
    [[nodiscard]] static Result<Regex> compile(std::string_view literal, const Limits& limits);

    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    [[nodiscard]] bool matches(std::string_view text) const;

    /// Whether it matches at the beginning of a text, each of its alternatives.
    [[nodiscard]] bool matches_beginning(std::string_view text) const;

    /// RE2's instructions.
    [[nodiscard]] std::size_t program_size() const;

    /// Bytes of the longest text that it is looked for in.
    [[nodiscard]] std::size_t max_text() const { return max_text_; }

    /// The literal with the flags that mean something, in one order.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    Regex(std::unique_ptr<const re2::RE2> program, std::string text, std::size_t max_steps);

    std::unique_ptr<const re2::RE2> program_;
    std::string text_;
    std::size_t max_text_;
};

}  // namespace gateway
