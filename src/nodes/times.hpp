#pragma once

#include <chrono>

namespace gateway::nodes {

constexpr std::chrono::milliseconds answer_time{10000};   ///< For the broker's answer,
constexpr std::chrono::milliseconds retry_delay{2000};    ///< and before it is asked again.
constexpr std::chrono::milliseconds farewell_time{1000};  ///< For its word on what is sent last.

}  // namespace gateway::nodes
