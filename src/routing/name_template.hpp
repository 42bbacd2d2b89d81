#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "routing/subject.hpp"

namespace gateway::routing {

/// A name with fields of the message in it, "user.{userId}": those between braces, by their path as
/// in a filter, or `$client`, `$node` or `$user`.
///
/// What a client writes never forms another name than its own: of a value only a-z A-Z 0-9 and -
/// stand as they are, every other byte is `_` and two hexadecimal digits, and an empty value is
/// `_`. Two fields have a dot between them, which no value has; so different values give different
/// names.
class NameTemplate {
public:
    /// Fails with invalid_filter and the reason.
    [[nodiscard]] static Result<NameTemplate> parse(std::string_view text);

    /// Appends the name. False, with `out` as it was, where the subject has not all of the fields:
    /// strings, numbers, true or false.
    [[nodiscard]] bool write(const Subject& subject, std::string& out) const;

    /// It has no field.
    [[nodiscard]] bool is_fixed() const { return fields_.empty(); }

    /// What stands before the first field.
    [[nodiscard]] const std::string& prefix() const { return prefix_; }

    /// The name with an empty value for each field.
    [[nodiscard]] std::string shortest() const;

private:
    struct Part {
        Property field;
        std::string text;  ///< Behind it.
    };

    std::string prefix_;
    std::vector<Part> fields_;
};

/// Appends a value as it stands in a name.
void append_escaped(std::string& out, std::string_view value);

}  // namespace gateway::routing
