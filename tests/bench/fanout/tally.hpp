#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fanout/form.hpp"

namespace bench {

/// Counts the messages of one connection without looking at more than the head of each frame.
class Tally {
public:
    /// Takes what the socket gave; returns how many messages end in it. Throws std::runtime_error
    /// if the server closes.
    [[nodiscard]] std::uint64_t take(std::string_view bytes, const Form& form);

    [[nodiscard]] std::uint64_t messages() const { return messages_; }
    [[nodiscard]] std::uint64_t frames() const { return frames_; }  ///< Of messages.

private:
    [[nodiscard]] std::size_t begin(std::string_view start, const Form& form);

    std::string start_;           ///< Of a frame that cannot be judged yet.
    std::size_t left_ = 0;        ///< Bytes of the present frame that are still to come.
    std::uint64_t in_frame_ = 0;  ///< Messages that end with it.
    std::uint64_t messages_ = 0;
    std::uint64_t frames_ = 0;
    std::size_t spare_bytes_ = 0;  ///< Without ids: of a message that the last frame began.
};

}  // namespace bench
