#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "http/route.hpp"
#include "services/hub.hpp"

namespace gateway::http {

/// What a caller gets instead of an answer, or anyone whose request is wrong.
[[nodiscard]] Reply failure_reply(const Error& error);

/// What a worker gets whose answer is refused.
[[nodiscard]] Reply refusal_reply(const Error& error);

/// The worker's answer, as it is: 200, or 502 where it says that it failed.
[[nodiscard]] Reply answer_reply(const services::Outcome& outcome);

[[nodiscard]] Reply json_reply(unsigned status, std::string json);
[[nodiscard]] Reply empty_reply(unsigned status);

/// Bodies.
[[nodiscard]] std::string json_of(const services::Assignment& job);
[[nodiscard]] std::string json_of(const std::vector<services::Assignment>& jobs);
[[nodiscard]] std::string json_of(const services::JobView& job);
[[nodiscard]] std::string json_of(const std::vector<services::ServiceView>& services);

}  // namespace gateway::http
