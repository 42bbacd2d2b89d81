#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

class Filter;

/// What a subscriber sees of a record, and of which: subscribers with equal views get equal frames.
struct View {
    std::string sub{};  ///< The subscription's name as JSON, as each notification has it, or empty.
    bool meta = false;  ///< With "o".
    bool decode_json = false;                        ///< JSON values stand as JSON.
    std::shared_ptr<const Filter> filter{};          ///< Null: everything.
    std::optional<std::vector<std::string>> keys{};  ///< Records with these keys only; sorted.

    /// The owner encodes them itself: they come by `records` alone, picked out by what it sees.
    bool as_records = false;
};

}  // namespace gateway
