#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "wire/message.hpp"

namespace gateway {

/// Reads frames into requests. Keeps its buffers from frame to frame, so one serves a whole thread.
///
/// A message whose type is missing or unknown is a Foreign; only its id is looked at.
///
/// Well-formed JSON is RFC 8259's, and more narrowly: keys that the protocol knows are written
/// without escapes and stand once in an object; strings hold no lone surrogates; nesting ends at
/// 64 levels. protocol/README.md says what each request may hold.
///
/// Not thread-safe.
class Parser {
public:
    /// A frame holds at most so many messages.
    explicit Parser(std::size_t max_messages = 20000);
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    /// The requests of a frame, in their order; those that are not valid hold an Error instead of
    /// a payload. Those beyond the limit are answered once, with limit_reached. At least one.
    /// Everything returned is a view that lasts until the next call; `frame` itself need not.
    [[nodiscard]] std::span<const Request> parse(std::string_view frame);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gateway
