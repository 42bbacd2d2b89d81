#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Takes a JSON array apart into the texts of its elements. Keeps its buffers from call to call.
/// Not thread-safe.
class JsonArray {
public:
    JsonArray();
    ~JsonArray();
    JsonArray(const JsonArray&) = delete;
    JsonArray& operator=(const JsonArray&) = delete;

    /// The elements of `json`, or null if it is not one well-formed array and nothing else, nested
    /// at most 64 levels below it. They point into `json`, and the list ends with the next call.
    [[nodiscard]] const std::vector<std::string_view>* read(std::string_view json);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The string that `element`, of an array that was read, is; nothing if it is another value.
[[nodiscard]] std::optional<std::string> string_of(std::string_view element);

}  // namespace gateway
