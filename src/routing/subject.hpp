#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "filter/field.hpp"
#include "filter/outline.hpp"
#include "filter/scalar.hpp"

namespace gateway::routing {

/// A message while it is routed, and who sent it. Views.
struct Subject {
    const Outline::Value& message;
    std::string_view client;
    std::string_view node;
    std::string_view user{};  ///< Empty: nobody has told it.
};

/// What of a subject a route looks at: a field of the message, or `$client`, `$node` or
/// `$user`.
class Property {
public:
    /// The member of that name, dots and all, as Athena has it.
    [[nodiscard]] static Property member(std::string_view name);

    /// A path with dots, as in a filter. Fails with invalid_filter and the reason.
    [[nodiscard]] static Result<Property> path(std::string_view text);

    /// Nothing where there is none, as of a user that nobody has told, and where it is an array or
    /// an object.
    [[nodiscard]] std::optional<Scalar> find(const Subject& subject) const;

private:
    std::string_view Subject::*sender_ = nullptr;  ///< Null: it is of the message.
    std::optional<Field> path_{};
    std::string name_{};  ///< Where there is no path.
};

}  // namespace gateway::routing
