#include "services/failure.hpp"

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

}  // namespace gateway::services
