#include "base/log.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

using namespace std::chrono_literals;
using gateway::LogFormat;
using gateway::LogLevel;

namespace {

std::string line_of(LogFormat format, std::string_view message) {
    const spdlog::details::log_msg record(spdlog::log_clock::time_point(1769860800123'000'000ns),
                                          spdlog::source_loc{}, "", spdlog::level::warn, message);
    spdlog::memory_buf_t line;
    gateway::make_log_formatter(format)->format(record, line);
    return {line.data(), line.size()};
}

/// What is written to stderr while it lives.
class CapturedStderr {
public:
    CapturedStderr() : file_(std::tmpfile()), former_(dup(STDERR_FILENO)) {
        REQUIRE(file_ != nullptr);
        REQUIRE(dup2(fileno(file_), STDERR_FILENO) != -1);
    }
    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;
    ~CapturedStderr() {
        dup2(former_, STDERR_FILENO);
        close(former_);
        std::fclose(file_);
    }

    [[nodiscard]] std::string text() const {
        std::array<char, 4096> buffer{};
        const auto length = pread(fileno(file_), buffer.data(), buffer.size(), 0);
        return {buffer.data(), static_cast<std::size_t>(length)};
    }

private:
    std::FILE* file_;
    int former_;
};

TEST_CASE("a line of text begins with the time in UTC and the level") {
    CHECK(line_of(LogFormat::text, "hello") == "2026-01-31T12:00:00.123Z warn  hello\n");
}

TEST_CASE("a line of JSON is one object") {
    CHECK(line_of(LogFormat::json, R"(a "b" \c)") ==
          R"({"time":"2026-01-31T12:00:00.123Z","level":"warn","message":"a \"b\" \\c"})"
          "\n");
}

TEST_CASE("a message cannot forge a line or move the cursor") {
    CHECK(line_of(LogFormat::text, "a\nb\x1b[2J").ends_with("a\\nb\\u001b[2J\n"));
    CHECK(line_of(LogFormat::json, "a\nb\x1b[2J").ends_with("\"a\\nb\\u001b[2J\"}\n"));
}

TEST_CASE("UTF-8 stays as it is, and what is none is replaced byte by byte") {
    CHECK(
        line_of(LogFormat::text, "\u00e9\u20ac\U0001F600").ends_with(" \u00e9\u20ac\U0001F600\n"));
    CHECK(line_of(LogFormat::text, "\xff").ends_with(" \uFFFD\n"));
    CHECK(line_of(LogFormat::text, "\xc0\xaf").ends_with(" \uFFFD\uFFFD\n"));
    CHECK(line_of(LogFormat::text, "\xed\xa0\x80").ends_with(" \uFFFD\uFFFD\uFFFD\n"));
    CHECK(line_of(LogFormat::text, "\xe2\x82").ends_with(" \uFFFD\uFFFD\n"));
    CHECK(line_of(LogFormat::text, "\xf4\x90\x80\x80").ends_with("\uFFFD\uFFFD\uFFFD\uFFFD\n"));
}

TEST_CASE("logs go to stderr, from the configured level on") {
    const CapturedStderr captured;
    gateway::start_logging({.level = LogLevel::warn, .format = LogFormat::text});
    spdlog::info("quiet");
    spdlog::warn("loud");
    spdlog::drop_all();

    CHECK(captured.text().find("quiet") == std::string::npos);
    CHECK(captured.text().find("warn  loud\n") != std::string::npos);
}

TEST_CASE("nothing is logged when it is off") {
    const CapturedStderr captured;
    gateway::start_logging({.level = LogLevel::off});
    spdlog::critical("gone");
    spdlog::drop_all();

    CHECK(captured.text().empty());
}

}  // namespace
