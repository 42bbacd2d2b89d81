#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "record.hpp"

using gateway::Candidate;
using gateway::Filter;
using gateway::Header;

namespace {

/// The section "Filters" of protocol/README.md.
std::string section() {
    std::ifstream file(PROTOCOL_MD);
    REQUIRE(file);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = text.find("\n## Filters\n");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

/// The lines of its examples.
std::vector<std::string> example_lines(const std::string& text) {
    constexpr std::string_view fence = "```diff\n";
    std::vector<std::string> lines;
    for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
        at += fence.size();
        while (!text.substr(at).starts_with("```")) {
            const std::size_t end = text.find('\n', at);
            lines.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }
    return lines;
}

/// A record as an example writes it: `$key=… $partition=… $headers.NAME=… payload`.
struct Written {
    std::vector<Header> headers;
    Candidate::Parts parts;

    explicit Written(std::string_view text) {
        while (text.starts_with('$')) {
            const std::string_view part = text.substr(0, text.find(' '));
            text.remove_prefix(part.size() + 1);
            const std::string_view name = part.substr(0, part.find('='));
            const std::string_view value = part.substr(name.size() + 1);
            if (name == "$key") {
                parts.key = value;
            } else if (name == "$partition") {
                std::from_chars(value.data(), value.data() + value.size(), parts.partition);
            } else {
                REQUIRE(name.starts_with("$headers."));
                headers.push_back({name.substr(9), value});
            }
        }
        parts.headers = headers;
        parts.value = text;
    }
};

TEST_CASE("the documented examples hold") {
    std::string filter;
    int records = 0;
    int refused = 0;
    for (const std::string& line : example_lines(section())) {
        CAPTURE(filter);
        CAPTURE(line);
        REQUIRE(line.size() > 2);
        REQUIRE(line[1] == ' ');
        const std::string text = line.substr(2);
        switch (line[0]) {
            case ' ':
                filter = text;
                compiled(filter);
                break;
            case '+':
            case '-':
                CHECK(matches(filter, Written(text).parts) == (line[0] == '+'));
                ++records;
                break;
            default:
                REQUIRE(line[0] == '!');
                CHECK_FALSE(Filter::compile(text, {}));
                ++refused;
        }
    }
    CHECK(records >= 20);
    CHECK(refused >= 4);
}

TEST_CASE("the documented limits are those there are") {
    std::string text = section();
    for (char& c : text) c = c == '\n' ? ' ' : c;
    const Filter::Options options;
    CHECK(text.find(
              fmt::format("at most `filter.max_bytes` ({}), `filter.max_conditions` ({}) values "
                          "that it compares with, `filter.max_depth` ({}) levels of `any` "
                          "and `not`, and `filter.max_regexes` ({}) regular expressions of "
                          "at most `filter.max_regex_program` ({}) instructions of RE2 "
                          "together",
                          options.max_bytes, options.max_conditions, options.max_depth,
                          options.max_regexes, options.regex.max_program)) != std::string::npos);
    CHECK(text.find(fmt::format("more than `filter.max_regex_steps` ({})",
                                options.regex.max_steps)) != std::string::npos);
}

}  // namespace
