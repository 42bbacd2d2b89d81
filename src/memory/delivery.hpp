#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/start.hpp"
#include "memory/segment.hpp"

namespace gateway::memory {

/// What was read for one consumer or reader, on its way there.
struct Delivery {
    /// From one partition: what was lost before its records, these, and the end if they reach it.
    /// Any of them may be missing.
    struct Part {
        std::shared_ptr<const std::string> topic;
        std::int32_t partition = 0;
        std::uint64_t turn = 0;  ///< As it was given to the Reader.
        std::optional<Lost> lost{};
        Slice slice{};
        std::optional<std::int64_t> end{};
    };
    std::vector<Part> parts;
};

}  // namespace gateway::memory
