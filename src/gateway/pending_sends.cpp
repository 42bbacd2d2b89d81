#include "gateway/pending_sends.hpp"

#include <cassert>
#include <utility>

namespace gateway {

std::uint32_t PendingSends::add(PendingSend send) {
    if (free_.empty()) {
        sends_.push_back(std::move(send));
        return static_cast<std::uint32_t>(sends_.size() - 1);
    }
    const std::uint32_t token = free_.back();
    free_.pop_back();
    sends_[token] = std::move(send);
    return token;
}

PendingSend PendingSends::take(std::uint32_t token) {
    assert(token < sends_.size());
    PendingSend send = std::move(sends_[token]);
    free_.push_back(token);
    if (size() == 0 && sends_.capacity() > 1024) {
        // A burst is over: a connection that sends no more keeps nothing of it.
        sends_ = {};
        free_ = {};
    }
    return send;
}

}  // namespace gateway
