#include "filter/regex.hpp"

#include <string>

#include <doctest/doctest.h>

using gateway::Errc;
using gateway::Regex;

namespace {

Regex compiled(std::string_view literal) {
    auto regex = Regex::compile(literal, {});
    REQUIRE(regex);
    return std::move(*regex);
}

TEST_CASE("a literal has a body between slashes, and flags") {
    for (const char* text : {"/a/", "/a/i", "/a/ims", "/a/gu", "/a/b/", "/ /", "/\\//", "///"}) {
        CAPTURE(text);
        CHECK(Regex::is_literal(text));
    }
}

TEST_CASE("another string that begins with a slash is a plain one") {
    for (const char* text : {"", "/", "//", "//i", "/a", "a/b/", "/usr/lib", "/a/x", "/a/ii",
                             "/a/iI", "/a/ ", "/a/y", " /a/"}) {
        CAPTURE(text);
        CHECK_FALSE(Regex::is_literal(text));
    }
}

TEST_CASE("it is found anywhere in a text unless it is anchored") {
    CHECK(compiled("/b+/").matches("abbc"));
    CHECK_FALSE(compiled("/^b/").matches("abbc"));
    CHECK(compiled("/^(green|blue).*/").matches("bluegrass"));
    CHECK_FALSE(compiled("/^(green|blue).*/").matches("red green"));
    CHECK(compiled("/^$/").matches(""));
    CHECK(compiled("/a/b/").matches("xa/bx"));
}

TEST_CASE("it can be looked for at the beginning of a text, each of its alternatives") {
    CHECK(compiled("/^a|b/").matches_beginning("bx"));
    CHECK_FALSE(compiled("/^a|b/").matches_beginning("xb"));
    const Regex regex = compiled("/a/");
    CHECK_FALSE(regex.matches_beginning(std::string(regex.max_text() + 1, 'a')));
}

TEST_CASE("the flags mean: ignore case, lines, and a dot that is any character") {
    CHECK(compiled("/^ab|cd$/i").matches("xCD"));
    CHECK_FALSE(compiled("/^b$/").matches("a\nb\nc"));
    CHECK(compiled("/^b$/m").matches("a\nb\nc"));
    CHECK_FALSE(compiled("/a.b/").matches("a\nb"));
    CHECK(compiled("/a.b/s").matches("a\nb"));
    CHECK(compiled("/A.B$/sim").matches("a\nb\nc"));
}

TEST_CASE("a text is Unicode, and bytes that are not UTF-8 match no character") {
    CHECK(compiled("/^.$/").matches("\xc3\xa9"));
    CHECK(compiled("/\xc3\x89/i").matches("\xc3\xa9"));
    CHECK_FALSE(compiled("/^.$/").matches("\xff"));
}

TEST_CASE("equal expressions have equal texts, which are literals") {
    CHECK(compiled("/a/smi").text() == "/a/ims");
    CHECK(compiled("/a/gim").text() == "/a/im");
    CHECK(compiled("/a/u").text() == "/a/");
}

TEST_CASE("what RE2 does not take is refused with its reason") {
    for (const char* text :
         {"/(/", "/[z-a]/", "/(?=a)/", "/(a)\\1/", "/a**/", "/\\/", "/a{1001}/"}) {
        CAPTURE(text);
        const auto regex = Regex::compile(text, {});
        REQUIRE_FALSE(regex);
        CHECK(regex.error().code == Errc::invalid_filter);
        CHECK(regex.error().message.find("RE2: ") != std::string::npos);
    }
}

TEST_CASE("an expression whose program is too large is refused") {
    CHECK(Regex::compile("/\\pL+\\d{3}/", {}));
    CHECK_FALSE(Regex::compile("/((a{100}){100}){10}/", {}));
    CHECK_FALSE(Regex::compile("/.{1000}/", {}));
    const auto regex = Regex::compile("/abcdefgh/", {.max_program = 5, .max_memory = 1U << 17});
    REQUIRE_FALSE(regex);
    CHECK(regex.error().message.find("instructions of RE2, of 5") != std::string::npos);
}

TEST_CASE("nothing is found in a text that is too long for the size of the expression") {
    for (const char* const literal : {"/^a*$/", "/a/", "/^(a|b)*a(a|b){100}$/"}) {
        CAPTURE(literal);
        const Regex regex = compiled(literal);
        CHECK(regex.max_text() == 1'000'000 / regex.program_size());
        const std::string text(regex.max_text(), 'a');
        CHECK(regex.matches(text));
        CHECK_FALSE(regex.matches(text + "a"));
    }
}

TEST_CASE("no expression takes longer than its text and its size allow") {
    for (const char* const literal :
         {"/(a*)*b/", "/(a|aa)+$b/", "/(.*)(.*)(.*)(.*)(.*)[^a]/", "/[ab]*b[ab]{950}c/"}) {
        const Regex regex = compiled(literal);
        CHECK_FALSE(regex.matches(std::string(regex.max_text(), 'a')));
    }
}

}  // namespace
