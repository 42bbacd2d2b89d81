#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/error.hpp"

namespace gateway {

/// Takes typed values out of a JSON document, and keeps the first thing that was wrong.
///
/// Every read returns whether it succeeded; after one that did not, `error()` says why, in words
/// that begin with the path of the value, as in "p.t must be a string".
///
/// Internal to wire/: it stands between simdjson, which reads a document once and forward, and the
/// payloads. Each value is looked at once.
class Reader {
public:
    using Value = simdjson::ondemand::value;
    using Object = simdjson::ondemand::object;
    using Array = simdjson::ondemand::array;
    using Field = simdjson::ondemand::field;

    [[nodiscard]] bool is(Value& value, simdjson::ondemand::json_type type);

    bool string(Value& value, std::string_view path, std::string_view& out);
    bool boolean(Value& value, std::string_view path, bool& out);

    /// One of `names`; `out` is its place among them.
    bool choice(Value& value, std::string_view path, std::span<const std::string_view> names,
                std::size_t& out);

    /// A whole number from `low` to `high`.
    bool integer(Value& value, std::string_view path, std::int64_t low, std::int64_t high,
                 std::int64_t& out);

    /// The JSON text of any value, once the value is known to be well-formed.
    bool text(Value& value, std::string_view& out);

    /// Looks at a value that nobody needs: it must be well-formed all the same.
    bool check(Value& value, int depth = 0);

    /// An array of strings, at least one.
    bool strings(Value& value, std::string_view path, std::vector<std::string_view>& out);

    /// Keeps the error unless there is one already; always false.
    bool fail(Errc code, std::string message);
    bool malformed(simdjson::error_code error);

    /// Says where the error kept was found; always false.
    bool within(std::string_view place);

    /// Refuses a key that stands twice: `seen` has a bit for each key of an object.
    bool once(std::uint32_t& seen, unsigned bit, std::string_view path);

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

    /// The error kept is about JSON itself: what follows it may not be readable either.
    [[nodiscard]] bool is_syntax_error() const { return is_syntax_error_; }

    void clear() {
        error_.reset();
        is_syntax_error_ = false;
    }

private:
    bool check_elements(Array& array, int depth);
    bool check_fields(Object& object, int depth);

    std::optional<Error> error_;
    bool is_syntax_error_ = false;
};

/// A key as it is written between its quotes, escapes and all.
[[nodiscard]] std::string_view spelling(simdjson::ondemand::raw_json_string key);

/// Whether nothing follows the value that was read.
[[nodiscard]] bool is_at_end(simdjson::ondemand::document& document);

}  // namespace gateway
