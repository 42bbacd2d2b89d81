#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "filter/outline.hpp"

namespace gateway {

/// What of a record a condition looks at: a field of its payload, its key, its headers of one name,
/// or its partition.
class Field {
public:
    enum class Place : std::uint8_t { payload, key, headers, partition };

    /// From a filter's key, as protocol/README.md has it. Otherwise an invalid_filter with the
    /// reason.
    [[nodiscard]] static Result<Field> parse(std::string_view key);

    [[nodiscard]] Place place() const { return place_; }

    /// The headers' name.
    [[nodiscard]] const std::string& name() const { return name_; }

    /// The value at this path below `payload`; null where there is none.
    [[nodiscard]] const Outline::Value* find(const Outline::Value& payload) const;

    /// The key that means this field; the same for equal fields.
    [[nodiscard]] std::string text() const;

private:
    struct Step {
        std::string name;
        std::optional<std::uint32_t> index;  ///< Where the name is also that of an element.
    };

    explicit Field(Place place) : place_(place) {}

    static Result<Field> parse_path(std::string_view key);

    Place place_;
    std::vector<Step> steps_;
    std::string name_;
};

/// Keys of a filter that are no fields: they combine other filters.
constexpr std::string_view any_key = "any";
constexpr std::string_view not_key = "not";

}  // namespace gateway
