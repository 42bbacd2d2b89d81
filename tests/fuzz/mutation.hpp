#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fuzz {

/// The longest input that is made.
constexpr std::size_t max_bytes = 8192;

/// An input made from those of the corpus by a few random changes. The same `seed` makes the same
/// input from the same corpus, which is not empty.
[[nodiscard]] std::string mutated(const std::vector<std::string>& corpus, std::uint64_t seed);

}  // namespace fuzz
