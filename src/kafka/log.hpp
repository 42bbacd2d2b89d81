#pragma once

#include <atomic>
#include <cstdint>

#include <librdkafka/rdkafka.h>

namespace gateway::kafka {

/// Where librdkafka's log lines go: spdlog's default logger, at most `lines_per_second` of them;
/// how many were left out is said with the next.
///
/// It is what a handle's opaque points to, so it must outlive every handle. Its callback is the
/// one thing of ours that librdkafka's threads run: it takes no lock of ours.
class Log {
public:
    static constexpr std::uint32_t lines_per_second = 10;

    /// Makes handles of `conf` write here.
    void attach(rd_kafka_conf_t* conf);

private:
    static void write(const rd_kafka_t* handle, int level, const char* facility, const char* text);
    [[nodiscard]] bool has_room();

    std::atomic<std::int64_t> second_{0};
    std::atomic<std::uint32_t> lines_{0};
    std::atomic<std::uint32_t> left_out_{0};
};

}  // namespace gateway::kafka
