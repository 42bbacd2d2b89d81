#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace gateway {

/// Takes a JSON object apart into the texts of its members. Keeps its buffers from call to call.
/// Not thread-safe.
class JsonObject {
public:
    struct Member {
        std::string_view name;   ///< Unescaped; ends with the next call.
        std::string_view value;  ///< Points into the object.
    };

    JsonObject();
    ~JsonObject();
    JsonObject(const JsonObject&) = delete;
    JsonObject& operator=(const JsonObject&) = delete;

    /// The members of `json`, in order, or null if it is not one well-formed object and nothing
    /// else, nested at most 64 levels below it. The list ends with the next call.
    [[nodiscard]] const std::vector<Member>* read(std::string_view json);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gateway
