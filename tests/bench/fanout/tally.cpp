#include "fanout/tally.hpp"

#include <algorithm>
#include <stdexcept>

#include "load/frame.hpp"

namespace bench {

namespace {

constexpr std::size_t head_bytes = 10;     ///< The longest.
constexpr std::size_t payload_bytes = 38;  ///< With a whole id.
constexpr std::size_t start_bytes = head_bytes + payload_bytes;

}  // namespace

std::uint64_t Tally::take(std::string_view bytes, const Form& form) {
    const std::uint64_t before = messages_;
    while (!bytes.empty()) {
        if (left_ == 0) {
            const std::size_t had = start_.size();
            if (had > 0) start_.append(bytes.substr(0, start_bytes - had));
            const std::size_t whole = begin(had > 0 ? start_ : bytes, form);
            if (whole == 0) {
                if (had == 0) start_ = bytes;
                break;
            }
            left_ = whole - had;
            start_.clear();
        }
        const std::size_t taken = std::min(left_, bytes.size());
        bytes.remove_prefix(taken);
        left_ -= taken;
        if (left_ > 0) break;
        messages_ += in_frame_;
        if (in_frame_ > 0) ++frames_;
    }
    return messages_ - before;
}

/// The size of the frame, or 0 if its start is not all there.
std::size_t Tally::begin(std::string_view start, const Form& form) {
    const auto head = read_head(start);
    if (head.head_bytes == 0) return 0;
    if (head.opcode == Opcode::close) throw std::runtime_error("the server closes a connection");
    if (start.size() < head.head_bytes + std::min(head.payload_bytes, payload_bytes)) return 0;
    const bool is_data = head.opcode == Opcode::text || head.opcode == Opcode::binary;
    if (!is_data) {
        in_frame_ = 0;
    } else if (form.has_ids) {
        in_frame_ = messages_in(start.substr(head.head_bytes), head.payload_bytes, form);
    } else {
        in_frame_ = (spare_bytes_ + head.payload_bytes) / form.message_bytes;
        spare_bytes_ = (spare_bytes_ + head.payload_bytes) % form.message_bytes;
    }
    return head.head_bytes + head.payload_bytes;
}

}  // namespace bench
