#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <simdjson.h>

#include "wire/notification.hpp"
#include "wire/parser.hpp"

using gateway::Error;
using gateway::Parser;

namespace {

/// A file of protocol/examples, whose messages are JSON text as it stands there.
class Example {
public:
    explicit Example(const std::filesystem::path& path)
        : name_(path.stem().string()), json_(parser_.load(path.string())) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool has(std::string_view key) const { return !json_[key].error(); }
    [[nodiscard]] std::string text(std::string_view key) const {
        return simdjson::minify(json_[key]);
    }

    /// The code that `reply` refuses the request with; "" where it does not.
    [[nodiscard]] std::string code() const {
        std::string_view code;
        return json_["reply"]["p"]["code"].get(code) ? std::string() : std::string(code);
    }

    [[nodiscard]] std::vector<std::string> before() const {
        std::vector<std::string> messages;
        simdjson::dom::array array;
        if (json_["before"].get(array)) return messages;
        for (const simdjson::dom::element message : array) {
            messages.push_back(simdjson::minify(message));
        }
        return messages;
    }

private:
    std::string name_;
    simdjson::dom::parser parser_;
    simdjson::dom::element json_;
};

std::vector<std::filesystem::path> paths() {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(EXAMPLES)) {
        if (entry.path().extension() == ".json") found.push_back(entry.path());
    }
    return found;
}

TEST_CASE("every documented request is read, but for those that are refused as documented") {
    Parser parser;
    std::size_t read = 0;
    for (const auto& path : paths()) {
        const Example example(path);
        CAPTURE(example.name());
        for (const std::string& message : example.before()) {
            CHECK_FALSE(std::holds_alternative<Error>(parser.parse(message).front().payload));
        }
        if (!example.has("request")) continue;
        ++read;
        const auto requests = parser.parse(example.text("request"));
        REQUIRE(requests.size() == 1);
        const auto* error = std::get_if<Error>(&requests.front().payload);
        if (error) CHECK(gateway::traits_of(error->code).name == example.code());
        if (example.code() == "invalid_payload") CHECK(error);
    }
    CHECK(read >= 30);
}

TEST_CASE("gaps are written as they are documented") {
    const auto documented = [](const char* name) {
        return Example(std::filesystem::path(EXAMPLES) / name).text("frame");
    };
    const auto written = [](std::string_view sub, const gateway::NotificationGap& gap) {
        std::string out("[");
        gateway::append_gap(out, 9, sub, gap);
        out += ']';
        return out;
    };
    gateway::NotificationGap gap{.topic = "prices", .partition = 0, .from = 5, .to = 9};
    CHECK(written({}, gap) == documented("notif_gap.json"));
    gap.kept = {.earliest = 9, .latest = 12};
    CHECK(written(R"("dollars")", gap) == documented("notif_gap_lost.json"));
}

}  // namespace
