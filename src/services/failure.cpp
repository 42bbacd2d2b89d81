#include "services/failure.hpp"

#include <memory>
#include <string>
#include <utility>

#include "wire/reply.hpp"

namespace gateway::services {

bool is_failure(JsonObject& object, std::string_view answer) {
    // Most answers begin otherwise and need no second look.
    const std::size_t begin = answer.find_first_not_of(" \t\r\n{");
    if (begin == std::string_view::npos || !answer.substr(begin).starts_with("\"error\"")) {
        return false;
    }
    const auto* const members = object.read(answer);
    return members && members->size() == 1;
}

Answer failure_of(const Error& error) {
    std::string body = R"({"error":)";
    append_error(body, error);
    body += '}';
    return {.body = std::make_shared<const std::string>(std::move(body)), .is_failure = true};
}

}  // namespace gateway::services
