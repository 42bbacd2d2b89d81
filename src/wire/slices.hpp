#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace gateway {

/// The items of a frame's requests, together in one vector that may move until the frame is read:
/// only then is each request given its slice.
template <typename T>
class Slices {
public:
    /// What is kept between frames; a frame with more gives its memory back.
    static constexpr std::size_t kept_items = 4096;

    void clear() {
        items_.clear();
        slices_.clear();
        if (items_.capacity() > kept_items) items_.shrink_to_fit();
        if (slices_.capacity() > kept_items) slices_.shrink_to_fit();
    }

    /// Items that are added from now on are this request's.
    void open(std::size_t request) { slices_.push_back({request, items_.size()}); }

    /// One more item, to be filled in before the next.
    [[nodiscard]] T& add() { return items_.emplace_back(); }

    /// Takes the slice that was opened last away, with its items.
    void abandon() {
        items_.resize(slices_.back().first);
        slices_.pop_back();
    }

    /// Of all slices together.
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] std::vector<T>& items() { return items_; }

    /// Of the slice that was opened last.
    [[nodiscard]] std::size_t open_size() const { return items_.size() - slices_.back().first; }

    /// Calls `give(request, items)` for each slice, the last request first.
    template <typename Give>
    void each(Give give) {
        std::size_t end = items_.size();
        for (std::size_t i = slices_.size(); i-- > 0; end = slices_[i].first) {
            give(slices_[i].request,
                 std::span<const T>(items_).subspan(slices_[i].first, end - slices_[i].first));
        }
    }

private:
    struct Slice {
        std::size_t request;
        std::size_t first;  ///< Of its items.
    };

    std::vector<T> items_;
    std::vector<Slice> slices_;
};

}  // namespace gateway
