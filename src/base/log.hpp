#pragma once

#include <cstdint>
#include <memory>

#include <spdlog/formatter.h>

namespace gateway {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

enum class LogFormat : std::uint8_t {
    text,  ///< `2026-01-31T12:00:00.000Z info  message`
    json,  ///< `{"time":"2026-01-31T12:00:00.000Z","level":"info","message":"message"}`
};

/// `log.*`. Logs always go to stderr: stdout carries what the server tells whoever started it.
struct LogOptions {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;
};

/// Makes spdlog's default logger, which `spdlog::info` and the like use from any thread, what
/// `options` say. Call it once at the start, before other threads log.
void start_logging(const LogOptions& options);

/// Makes sure that there is a default logger, whoever has started logging or not. Call it before
/// starting threads that log: one of them would make it else, and it would end before they do.
void find_logger();

/// One record becomes one line, whatever its message holds: control characters are escaped, so
/// that what a client sent cannot forge a line, and bytes that are not UTF-8 are replaced.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format);

}  // namespace gateway
