#include "filter/filters.hpp"

#include <algorithm>

namespace gateway {

Result<std::shared_ptr<const Filter>> Filters::compile(std::string_view json) {
    auto compiled = Filter::compile(json, options_);
    if (!compiled) return compiled;
    auto& known = known_[compiled.value()->text()];
    if (auto filter = known.lock()) return filter;
    known = compiled.value();
    if (known_.size() > forget_at_) forget_ended();
    return compiled;
}

void Filters::forget_ended() {
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    forget_at_ = std::max(kept, 2 * known_.size());
}

}  // namespace gateway
