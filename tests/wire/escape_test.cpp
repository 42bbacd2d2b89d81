#include "wire/escape.hpp"

#include <string>

#include <doctest/doctest.h>

#include "wire/json_check.hpp"

using gateway::append_string;
using gateway::to_ascii;

namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

TEST_CASE("text without anything special stands as it is") {
    CHECK(escaped("") == "\"\"");
    CHECK(escaped("hello, \xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80 \x7f") ==
          "\"hello, \xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80 \x7f\"");
}

TEST_CASE("quotes, backslashes and controls are escaped wherever they stand") {
    for (std::size_t at = 0; at < 20; ++at) {
        const std::string before(at, 'x');
        CHECK(escaped(before + "\"y") == "\"" + before + "\\\"y\"");
        CHECK(escaped(before + "\\y") == "\"" + before + "\\\\y\"");
        CHECK(escaped(before + "\ny") == "\"" + before + "\\ny\"");
        CHECK(escaped(before + std::string("\0y", 2)) == "\"" + before + "\\u0000y\"");
        CHECK(escaped(before + "\x1fy") == "\"" + before + "\\u001fy\"");
        CHECK(escaped(before + " !y") == "\"" + before + " !y\"");
    }
}

TEST_CASE("JSON is the same in ASCII") {
    CHECK(to_ascii(R"({"a":["b\n",1]})") == R"({"a":["b\n",1]})");
    CHECK(to_ascii("\"\u0080\u00e9\u07ff\"") == R"("\u0080\u00e9\u07ff")");
    CHECK(to_ascii("\"\u0800\u20ac\uffff\"") == R"("\u0800\u20ac\uffff")");
    CHECK(to_ascii("\"\U00010000\U0001F998\U0010FFFF\"") ==
          R"("\ud800\udc00\ud83e\udd98\udbff\udfff")");
}

TEST_CASE("JSON is told from what only looks like it") {
    gateway::JsonCheck check;
    for (const char* text : {"1", "-0.5e+3", "\"a\"", "null", "true", "{}", "[]",
                             " {\"a\":[1,{\"b\":null}]} ", "123456789012345678901234567890"}) {
        CAPTURE(text);
        CHECK(check.is_json(text));
    }
    for (const char* text :
         {"",        " ",          "1,2",     "01",   "1.",          "nul",   "nulll",
          "tru",     "{",          "{\"a\"}", "[1,]", "]",           "[",     "1]",
          "[1],[2]", "{\"a\":1,}", "\"a",     "'a'",  "\"\\ud800\"", "{a:1}", "NaN",
          "\"\\q\"", "{\"a\" 1}",  "[1 2]",   "\x80"}) {
        CAPTURE(text);
        CHECK_FALSE(check.is_json(text));
    }
}

}  // namespace
