#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// A value of `size` bytes: printable text that needs no escaping.
[[nodiscard]] std::string value_of(std::size_t size);

/// One `notif`/`create` message. `id` has eight digits, so that all messages of a run are equally
/// long.
[[nodiscard]] std::string notif(std::uint64_t id, std::string_view topic, std::string_view value,
                                bool ack);

[[nodiscard]] std::string subscribe(std::string_view topic, std::string_view group);

/// Frames prepared once and sent over and over, back to back. All are equally long.
struct FrameRing {
    struct Options {
        std::string_view topic;
        std::size_t per_frame = 1;  ///< Messages in a frame; above 1 they stand in an array.
        std::size_t value_size = 100;
        bool ack = false;
        std::size_t least_bytes = 256 << 10;  ///< Of all frames together.
    };

    explicit FrameRing(const Options& options);

    std::string bytes;
    std::size_t frame_bytes = 0;
    std::size_t frames = 0;
    std::size_t per_frame = 1;
};

/// How often `what` stands in `text`, when at least `apart` bytes lie between two of them.
[[nodiscard]] std::size_t count_in(std::string_view text, std::string_view what, std::size_t apart);

}  // namespace bench
