#include "filter/outline.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "base/number.hpp"

using gateway::Outline;
using Kind = gateway::Outline::Kind;

namespace {

bool is_json(std::string_view text) {
    Outline outline;
    return outline.read(text) != nullptr;
}

std::string nested(int levels, const std::string& inside) {
    return std::string(static_cast<std::size_t>(levels), '[') + inside +
           std::string(static_cast<std::size_t>(levels), ']');
}

TEST_CASE("fields are found by their names, in order and one inside the other") {
    Outline outline;
    const auto* root = outline.read(R"( {"a":1,"b":{"c":[true,false,null,"x"],"d":{}},"e":"f"} )");
    REQUIRE(root);
    CHECK(root->kind == Kind::object);
    CHECK(root->field("a")->text == "1");
    CHECK(root->field("e")->text == "f");
    const auto* list = root->field("b")->field("c");
    REQUIRE(list->kind == Kind::array);
    CHECK(list->element(0)->kind == Kind::yes);
    CHECK(list->element(1)->kind == Kind::no);
    CHECK(list->element(2)->kind == Kind::null);
    CHECK(list->element(3)->text == "x");
    CHECK_FALSE(list->element(4));
    CHECK(root->field("b")->field("d")->kind == Kind::object);
    CHECK_FALSE(root->field("b")->field("d")->field("e"));
    CHECK_FALSE(root->field("c"));
    CHECK_FALSE(root->field("a")->field("a"));
    CHECK_FALSE(root->element(0));
}

TEST_CASE("of several fields with one name the first counts") {
    Outline outline;
    const auto* root = outline.read(R"({"a":1,"a":2,"\u0061":3})");
    REQUIRE(root);
    CHECK(root->field("a")->text == "1");
}

TEST_CASE("escapes are undone, in keys and in strings") {
    Outline outline;
    const auto* root =
        outline.read(R"({"\u0061\"\\":"x\u00e9\ud83d\ude00\n", "b\/" : "plain", "":"" })");
    REQUIRE(root);
    CHECK(root->field("a\"\\")->text == "x\xc3\xa9\xf0\x9f\x98\x80\n");
    CHECK(root->field("b/")->text == "plain");
    CHECK(root->field("")->text == "");
}

TEST_CASE("blanks between tokens are no part of them") {
    Outline outline;
    const auto* root = outline.read("\r\n\t {\t\"a\" \n:\r 1 ,\"b\" :\"x \" , \"c\":null } \n");
    REQUIRE(root);
    CHECK(root->field("a")->text == "1");
    CHECK(root->field("b")->text == "x ");
    CHECK(root->field("c")->kind == Kind::null);
}

TEST_CASE("any value may be a text's only one") {
    for (const char* text :
         {"1", " -0.5e+3 ", "\"a\"", "null", "true", "false", "{}", "[]", "[[]]"}) {
        CAPTURE(text);
        CHECK(is_json(text));
    }
}

TEST_CASE("a text that is not JSON to its end is refused, wherever it goes wrong") {
    const std::vector<std::string> texts{"",
                                         " ",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "][",
                                         "1,2",
                                         "1]",
                                         "[1",
                                         "[1],[2]",
                                         "1],[2",
                                         "{\"a\"}",
                                         "{\"a\":}",
                                         "{\"a\":1,}",
                                         "{,}",
                                         "{\"a\":1 \"b\":2}",
                                         "{\"a\":1}}",
                                         "{\"a\":1}x",
                                         "{\"a\":1} {}",
                                         "{\"a\" \"b\":1}",
                                         "{\"a\"b:1}",
                                         "{a:1}",
                                         "{1:1}",
                                         "[1,]",
                                         "[,1]",
                                         "[1 2]",
                                         "\"a\":1}",
                                         "{\"a\":\"b\":1}",
                                         "[\"a\":1]",
                                         "{\"a\":1:2}",
                                         "[1}",
                                         "{\"a\":1]",
                                         "nul",
                                         "nulll",
                                         "tru",
                                         "truee",
                                         "fals",
                                         "Null",
                                         "NaN",
                                         "'a'",
                                         "\"a",
                                         "\"a\"b",
                                         "1\"a\"",
                                         "true\"a\"",
                                         "\"\\q\"",
                                         "\"\\u12\"",
                                         "{\"\\q\":1}",
                                         "\\",
                                         "\"a\tb\"",
                                         "\"a\nb\"",
                                         "\"a\x01\"",
                                         "1\x01",
                                         "\x01",
                                         "{\"a\":\x0b"
                                         "1}",
                                         "\xef\xbb\xbf{}",
                                         "// x\n1",
                                         "{\"a\":1}\\",
                                         std::string("1\0", 2),
                                         std::string("\0", 1),
                                         std::string("{\"a\":1}\0", 8)};
    for (const auto& text : texts) {
        CAPTURE(text);
        CHECK_FALSE(is_json(text));
    }
}

TEST_CASE("what is not UTF-8, or half of a surrogate pair, is refused in keys and values") {
    for (const char* text : {"\"\x80\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf5\x80\x80\x80\"",
                             "{\"\xff\":1}", R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")",
                             R"({"\udc00":1})", R"({"a":1,"b":"\ud83dx"})"}) {
        CAPTURE(text);
        CHECK_FALSE(is_json(text));
    }
}

TEST_CASE("exactly the numbers of RFC 8259 are numbers, short ones and long ones") {
    // Each text of up to 5 of these characters, alone and behind 11 digits.
    const std::string_view alphabet = "01.-+e9";
    std::size_t numbers = 0;
    Outline outline;
    std::vector<std::string> texts{""};
    for (std::size_t from = 0, length = 1; length <= 5; ++length) {
        const std::size_t until = texts.size();
        for (; from < until; ++from) {
            for (const char c : alphabet) texts.push_back(texts[from] + c);
        }
    }
    bool all_agree = true;
    for (const auto& tail : texts) {
        for (const auto& text : {tail, "12345678901" + tail, "1234567" + tail}) {
            if (text.empty()) continue;
            const bool is_number = outline.read(text) != nullptr;
            numbers += is_number ? 1 : 0;
            if (is_number == gateway::is_json_number(text)) continue;
            all_agree = false;
            FAIL_CHECK(text);
        }
    }
    CHECK(all_agree);
    CHECK(numbers > 1000);
    for (const char* text :
         {"/", ":", "1:1", "1/1", "1a", "0x10", "1_000", "\xb1", "1\xb1", "1,1"}) {
        CAPTURE(text);
        CHECK_FALSE(outline.read(text));
    }
}

TEST_CASE("64 levels are read, one more is refused") {
    CHECK(is_json(nested(64, "1")));
    CHECK_FALSE(is_json(nested(65, "1")));
    CHECK_FALSE(is_json(nested(2000, "")));
    CHECK_FALSE(is_json(std::string(100000, '[')));
    std::string object = "1";
    for (int i = 0; i < 64; ++i) object = "{\"a\":" + object + "}";
    CHECK(is_json(object));
    CHECK_FALSE(is_json("{\"a\":" + object + "}"));
}

TEST_CASE("an outline reads one text after the other, large and small") {
    std::string large = "[0";
    while (large.size() < 2 * Outline::kept_bytes) large += ",{\"a\":\"\\u0062\"}";
    large += ']';
    Outline outline;
    for (int round = 0; round < 3; ++round) {
        const auto* root = outline.read(large);
        REQUIRE(root);
        CHECK(root->element(7)->field("a")->text == "b");
        CHECK_FALSE(outline.read("{"));
        root = outline.read(R"({"a":[1,2]})");
        REQUIRE(root);
        CHECK(root->field("a")->element(1)->text == "2");
    }
}

TEST_CASE("what a text leaves behind is no part of a shorter one") {
    Outline outline;
    CHECK(outline.read("[1,2,3]"));
    CHECK_FALSE(outline.read("[1,2,"));
    CHECK(outline.read("{\"a\":{\"b\":1}}"));
    CHECK_FALSE(outline.read("{\"a\":{\"b\":1}"));
    CHECK(outline.read("\"abcdef\""));
    CHECK_FALSE(outline.read("\"abc"));
}

}  // namespace
