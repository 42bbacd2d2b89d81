#pragma once

#include <memory>
#include <utility>

#include "services/desk.hpp"

namespace gateway::services {

template <typename Word, typename Hear>
Line<Word> Desk::line(Hear hear) {
    return {shard_.executor,
            [weak = std::weak_ptr(self_), hear = std::move(hear)](Word word) mutable {
                if (const auto self = weak.lock()) hear(**self, std::move(word));
            }};
}

}  // namespace gateway::services
