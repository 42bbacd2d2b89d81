#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/record.hpp"
#include "gateway/offsets.hpp"
#include "wire/json_check.hpp"

namespace gateway {

/// The frame that a subscription's next notifications are gathered in.
///
/// Encodes each record as it comes, since records are views that do not last. Not thread-safe.
class NotificationFrame {
public:
    struct Options {
        std::size_t limit = 5000;           ///< Notifications in a frame.
        std::size_t max_bytes = 256 << 10;  ///< It is full at this size.
        bool meta = false;                  ///< With "o".
        bool decode_json = false;           ///< JSON values stand as JSON.
    };

    /// `json` must outlive it.
    NotificationFrame(Options options, JsonCheck& json);

    void add(const Record& record, std::uint64_t id);

    [[nodiscard]] bool is_empty() const { return count_ == 0; }
    [[nodiscard]] bool is_full() const {
        return count_ >= options_.limit || text_.size() >= options_.max_bytes;
    }

    /// The frame, and where the subscription stands once it is delivered; another one begins.
    struct Taken {
        std::string text;
        std::vector<Position> next;
    };
    [[nodiscard]] Taken take();

private:
    Options options_;
    JsonCheck& json_;
    std::string text_;
    std::size_t count_ = 0;
    std::size_t expected_bytes_ = 0;  ///< The size of the last frame.
    Offsets offsets_;
};

}  // namespace gateway
