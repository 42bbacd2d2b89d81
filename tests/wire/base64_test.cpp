#include "wire/base64.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using gateway::append_base64;
using gateway::decode_base64;

namespace {

// RFC 4648, section 10.
const std::vector<std::pair<std::string, std::string>> vectors = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST_CASE("the RFC's vectors are written and read") {
    for (const auto& [bytes, text] : vectors) {
        std::string written;
        append_base64(written, bytes);
        CHECK(written == text);

        std::string read;
        CHECK(decode_base64(text, read));
        CHECK(read == bytes);
    }
}

TEST_CASE("every byte survives") {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    std::string text;
    append_base64(text, bytes);
    std::string read;
    CHECK(decode_base64(text, read));
    CHECK(read == bytes);
}

TEST_CASE("what is not padded base64 is refused and appends nothing") {
    for (const char* text :
         {"Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9v\n", "Zm-v", "Zh==", "====", "Zm9=YmFy"}) {
        CAPTURE(text);
        std::string out = "kept";
        CHECK_FALSE(decode_base64(text, out));
        CHECK(out == "kept");
    }
}

}  // namespace
