#pragma once

#include <memory>
#include <string_view>

namespace gateway {

/// Tells whether a value is JSON, so that it may stand in a frame as it is. Keeps its buffers from
/// call to call. Not thread-safe.
class JsonCheck {
public:
    JsonCheck();
    ~JsonCheck();
    JsonCheck(const JsonCheck&) = delete;
    JsonCheck& operator=(const JsonCheck&) = delete;

    /// One well-formed value and nothing else, nested at most 64 levels.
    [[nodiscard]] bool is_json(std::string_view value);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gateway
