#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "measure/work.hpp"

namespace bench {

/// How long each of many things took.
class Delays {
public:
    void add(Clock::duration delay) {
        all_.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(delay).count());
    }
    void clear() { all_.clear(); }
    [[nodiscard]] std::size_t count() const { return all_.size(); }

    /// Members of a JSON object, in microseconds. Sorts what it has.
    [[nodiscard]] std::string json() {
        std::ranges::sort(all_);
        return fmt::format(R"("p50_us":{:.1f},"p99_us":{:.1f})", at(0.5), at(0.99));
    }

private:
    [[nodiscard]] double at(double share) const {
        if (all_.empty()) return 0;
        const auto place = static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1));
        return static_cast<double>(all_[place]) / 1000;
    }

    std::vector<std::int64_t> all_;
};

}  // namespace bench
