#include "filter/field.hpp"

#include <doctest/doctest.h>

using gateway::Field;
using gateway::Outline;

namespace {

Field parsed(std::string_view key) {
    auto field = Field::parse(key);
    REQUIRE(field);
    return *field;
}

/// The text of what the key finds; "-" where there is nothing.
std::string found(std::string_view key, std::string_view payload) {
    Outline outline;
    const auto* root = outline.read(payload);
    REQUIRE(root);
    const auto* value = parsed(key).find(*root);
    return value ? std::string(value->text) : "-";
}

TEST_CASE("a dot leads into an object, or into an array by its index") {
    CHECK(found("a", R"({"a":1})") == "1");
    CHECK(found("a.b.c", R"({"a":{"b":{"c":1}}})") == "1");
    CHECK(found("a.1.b", R"({"a":[0,{"b":7}]})") == "7");
    CHECK(found("1.0", R"([0,[5]])") == "5");
    CHECK(found("a.1", R"({"a":{"1":"field"}})") == "field");
    CHECK(found("a.b", R"({"a":1})") == "-");
    CHECK(found("a.b", R"({"a":[{"b":1}]})") == "-");
    CHECK(found("a.2", R"({"a":[0,1]})") == "-");
    CHECK(found("a", "1") == "-");
}

TEST_CASE("only a plain decimal number is an index") {
    for (const char* key :
         {"a.00", "a.01", "a.-1", "a.+0", "a.0x0", "a. 0", "a.4294967296", "a."}) {
        CAPTURE(key);
        CHECK(found(key, R"({"a":[7]})") == "-");
    }
}

TEST_CASE("a backslash takes the next character as it stands") {
    CHECK(found(R"(a\.b)", R"({"a.b":1,"a":{"b":2}})") == "1");
    CHECK(found(R"(a\\b)", R"({"a\\b":1})") == "1");
    CHECK(found(R"(\$key)", R"({"$key":1})") == "1");
    CHECK(found(R"(\any)", R"({"any":1})") == "1");
    CHECK(found("a.$b", R"({"a":{"$b":1}})") == "1");
    CHECK(found("a.any", R"({"a":{"any":1}})") == "1");
}

TEST_CASE("an empty name is a name") {
    CHECK(found("", R"({"":1})") == "1");
    CHECK(found("a..b", R"({"a":{"":{"b":1}}})") == "1");
}

TEST_CASE("a name that begins with $ is the record's own") {
    CHECK(parsed("$key").place() == Field::Place::key);
    CHECK(parsed("$partition").place() == Field::Place::partition);
    CHECK(parsed("$headers.a.b\\").place() == Field::Place::headers);
    CHECK(parsed("$headers.a.b\\").name() == "a.b\\");
    CHECK(parsed("\\$key").place() == Field::Place::payload);
    for (const char* key :
         {"$", "$keys", "$key.x", "$headers", "$headers.", "$header.x", "$offset"}) {
        CAPTURE(key);
        CHECK_FALSE(Field::parse(key));
    }
}

TEST_CASE("a backslash with nothing behind it is refused") {
    CHECK_FALSE(Field::parse("a\\"));
    CHECK_FALSE(Field::parse("\\"));
    CHECK(Field::parse("a\\\\"));
}

TEST_CASE("a field's text is a key that means the same") {
    for (const char* key :
         {"a", "a.b", "a\\.b", "a\\\\", "\\$key", "\\any", "\\not", "a.any", "any.a", "", "..",
          "a.$b", "$key", "$partition", "$headers.x.y", "0.1"}) {
        CAPTURE(key);
        CHECK(parsed(key).text() == key);
    }
    CHECK(parsed("\\a\\b.\\c").text() == "ab.c");
    CHECK(parsed("a.\\$b").text() == "a.$b");
    CHECK(parsed("\\not\\.x").text() == "not\\.x");
}

}  // namespace
