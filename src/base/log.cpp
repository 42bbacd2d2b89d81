#include "base/log.hpp"

#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace gateway {
namespace {

/// Length of the well-formed UTF-8 sequence that `text` begins with; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };

    const unsigned first = byte(0);
    const unsigned second = byte(1);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
    if (first < 0xE0) return 2;
    if (!continues(2)) return 0;
    if (first < 0xF0) {
        const bool overlong = first == 0xE0 && second < 0xA0;
        const bool surrogate = first == 0xED && second > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second > 0x8F;
    return !continues(3) || overlong || beyond ? 0 : 4;
}

void append_escaped(std::string_view text, std::string_view special, spdlog::memory_buf_t& out) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    const auto append = [&](std::string_view piece) { out.append(piece); };

    while (!text.empty()) {
        const char c = text.front();
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            append(replacement);
        } else if (c == '\n') {
            append("\\n");
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            if (special.find(c) != std::string_view::npos) out.push_back('\\');
            append(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

class LineFormatter : public spdlog::formatter {
public:
    explicit LineFormatter(LogFormat format) : format_(format) {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(message.time);
        const auto milliseconds =
            std::chrono::floor<std::chrono::milliseconds>(message.time - seconds).count();
        const auto time =
            fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                        fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), milliseconds);
        const std::string_view level = name_of(message.level);
        const std::string_view text(message.payload.data(), message.payload.size());

        const auto out = std::back_inserter(line);
        if (format_ == LogFormat::json) {
            fmt::format_to(out, R"({{"time":"{}","level":"{}","message":")", time, level);
            append_escaped(text, "\"\\", line);
            line.append(std::string_view("\"}\n"));
        } else {
            fmt::format_to(out, "{} {:<5} ", time, level);
            append_escaped(text, "", line);
            line.push_back('\n');
        }
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<LineFormatter>(format_);
    }

private:
    static std::string_view name_of(spdlog::level::level_enum level) {
        if (level == spdlog::level::warn) return "warn";
        const auto name = spdlog::level::to_string_view(level);
        return {name.data(), name.size()};
    }

    LogFormat format_;
};

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return spdlog::level::trace;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

}  // namespace

void start_logging(const LogOptions& options) {
    auto logger = std::make_shared<spdlog::logger>(
        "kafka-ws", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(make_log_formatter(options.format));
    logger->set_level(level_of(options.level));
    spdlog::set_default_logger(std::move(logger));
}

void find_logger() { static_cast<void>(spdlog::default_logger_raw()); }

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format) {
    return std::make_unique<LineFormatter>(format);
}

}  // namespace gateway
