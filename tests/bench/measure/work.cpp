#include "measure/work.hpp"

#include <fmt/format.h>

#include "measure/process.hpp"

namespace bench {

Work::Work(std::optional<pid_t> server)
    : server_(server),
      start_(Clock::now()),
      server_cpu_(server ? cpu_seconds_of(*server) : 0),
      own_cpu_(own_cpu_seconds()) {}

void Work::end(std::uint64_t messages) {
    seconds_ = Seconds(Clock::now() - start_).count();
    if (server_) server_cpu_ = cpu_seconds_of(*server_) - server_cpu_;
    own_cpu_ = own_cpu_seconds() - own_cpu_;
    messages_ = messages;
}

std::string Work::json(std::string_view mode, std::string_view more) const {
    const auto count = static_cast<double>(messages_);
    std::string text =
        fmt::format(R"({{"mode":"{}",{},"messages":{},"seconds":{:.3f},"rate":{:.0f})", mode, more,
                    messages_, seconds_, count / seconds_);
    if (server_) text += fmt::format(R"(,"server_cpu_us":{:.4f})", server_cpu_ * 1e6 / count);
    text += fmt::format(R"(,"own_cpu_us":{:.4f}}})", own_cpu_ * 1e6 / count);
    return text;
}

}  // namespace bench
