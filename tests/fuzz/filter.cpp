// What must hold of any filter and any payload. The input's first line is the filter, the rest the
// payload.

#include "filter/filter.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "wire/escape.hpp"
#include "wire/json_check.hpp"

namespace {

using gateway::Candidate;
using gateway::Filter;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Texts made of a filter may be longer and deeper than it.
constexpr Filter::Options roomy{.max_bytes = 1U << 20, .max_depth = 32};

std::shared_ptr<const Filter> recompiled(const std::string& text) {
    auto filter = Filter::compile(text, roomy);
    require(filter.has_value(), "a filter made of a filter's text compiles");
    return *filter;
}

void check_verdicts(const Filter& filter, std::string_view payload) {
    const std::array headers{gateway::Header{"a", "1"}, gateway::Header{"a", std::nullopt}};
    const Candidate::Parts parts{.value = payload, .key = "k", .headers = headers, .partition = 3};
    static Candidate used;
    Candidate fresh;
    used.set(parts);
    fresh.set(parts);

    const bool matches = filter.matches(used);
    require(filter.matches(used) == matches, "a verdict stays the same");
    require(filter.matches(fresh) == matches, "a verdict is of this record alone");
    require(used.is_json() == gateway::JsonCheck().is_json(payload),
            "a payload is JSON here if it is for `decode`");

    const std::string& text = filter.text();
    const auto again = recompiled(text);
    require(again->text() == text, "a filter's text has itself as text");
    require(again->matches(used) == matches, "a filter's text means the filter");
    require(recompiled("{\"any\":[" + text + "]}")->matches(used) == matches,
            "one alternative means itself");
    require(recompiled("{\"not\":{\"not\":" + text + "}}")->matches(used) == matches,
            "not turned around twice is nothing");
    const bool is_refused = recompiled("{\"not\":" + text + "}")->matches(used);
    require(used.is_json() ? is_refused != matches : !(is_refused && matches),
            "a filter or its opposite matches JSON, and never both anything");
    require(used.is_json() || matches || is_refused || filter.reads_payload(),
            "only a condition on the payload leaves it open");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(input.find('\n'), size);
    const auto filter = Filter::compile(input.substr(0, line), {});
    if (filter) {
        check_verdicts(**filter, input.substr(std::min(line + 1, size)));
    } else {
        require(filter.error().code == gateway::Errc::invalid_filter, "a refusal has its code");
        require(filter.error().message.starts_with("filter"), "a refusal says where");
        require(gateway::is_utf8(filter.error().message), "a refusal can be sent");
    }
    return 0;
}
