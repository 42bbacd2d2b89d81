#include "fanout/stream.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

}  // namespace

Stream::Stream(Crowd& crowd, Feeder& feeder, Poller& poller, Options options)
    : crowd_(crowd), feeder_(feeder), poller_(poller), options_(options) {
    poller_.add(feeder_.client(), crowd_.size(), false);
}

void Stream::run_until(Clock::time_point end) {
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
        const bool is_full =
            !feeder_.pump(crowd_.received() / options_.per_record + options_.window);
        if (is_full != is_writing_) {
            is_writing_ = is_full;
            poller_.set_writing(feeder_.client(), crowd_.size(), is_full);
        }
        const bool any = poller_.wait(now + patience, [&](std::size_t number, bool readable, bool) {
            if (number == crowd_.size()) {
                if (readable) feeder_.listen();
            } else {
                crowd_.count(number, options_.form);
            }
        });
        if (!any) {
            throw std::runtime_error(
                fmt::format("nothing comes any more: {} records sent, {} "
                            "messages received",
                            feeder_.sent(), crowd_.received()));
        }
    }
}

}  // namespace bench
