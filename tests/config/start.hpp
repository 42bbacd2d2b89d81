#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "config/parse.hpp"

namespace gateway::config {

/// A file of settings that is gone when this is.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) : path_(unique_path()) {
        std::ofstream(path_) << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(path_); }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    static std::string unique_path() {
        static int count = 0;
        const std::string name =
            "kafka-ws-test-" + std::to_string(getpid()) + '-' + std::to_string(++count) + ".yaml";
        return std::filesystem::temp_directory_path() / name;
    }

    std::string path_;
};

/// A start of the server, as far as its settings go.
struct Start {
    std::vector<std::string> flags;
    std::vector<std::string> environment;
    PropertyCheck check;

    [[nodiscard]] Outcome outcome() const {
        std::vector<const char*> argv{"kafka-ws"};
        for (const auto& flag : flags) argv.push_back(flag.c_str());
        std::vector<const char*> variables;
        for (const auto& variable : environment) variables.push_back(variable.c_str());
        variables.push_back(nullptr);
        return parse(static_cast<int>(argv.size()), argv.data(), variables.data(),
                     {.property = check, .whole = {}});
    }

    [[nodiscard]] Config config() const {
        Outcome result = outcome();
        REQUIRE(std::holds_alternative<Run>(result));
        return std::get<Run>(std::move(result)).config;
    }

    [[nodiscard]] std::string printed() const {
        Outcome result = outcome();
        REQUIRE(std::holds_alternative<Print>(result));
        CHECK(std::get<Print>(result).exit_code == 0);
        return std::get<Print>(std::move(result)).text;
    }

    /// Why it does not start; empty if it does.
    [[nodiscard]] std::string error() const {
        try {
            static_cast<void>(outcome());
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
};

inline Config config_of(std::string_view file) {
    const TemporaryFile temporary(file);
    return Start{.flags = {"-c", temporary.path()}, .environment = {}, .check = {}}.config();
}

/// Why a server with this file does not start, with the file's path as FILE.
inline std::string error_of(std::string_view file) {
    const TemporaryFile temporary(file);
    const Start start{.flags = {"-c", temporary.path()}, .environment = {}, .check = {}};
    std::string error = start.error();
    if (const auto at = error.find(temporary.path()); at != std::string::npos) {
        error.replace(at, temporary.path().size(), "FILE");
    }
    return error;
}

inline std::string error_of_flags(std::vector<std::string> flags) {
    return Start{.flags = std::move(flags), .environment = {}, .check = {}}.error();
}

inline std::string error_of_variable(std::string variable) {
    return Start{.flags = {}, .environment = {std::move(variable)}, .check = {}}.error();
}

}  // namespace gateway::config
