#include "base/number.hpp"

#include <doctest/doctest.h>

using gateway::is_json_number;

namespace {

TEST_CASE("numbers are those of RFC 8259, of any size") {
    for (const char* text : {"0", "-0", "10", "1.0", "-1.25e-10", "1E+2", "0e0",
                             "1234567890123456789012345678901234567890"}) {
        CAPTURE(text);
        CHECK(is_json_number(text));
    }
}

TEST_CASE("what another language calls a number is none") {
    for (const char* text :
         {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1a", "--1", "1 ", "Infinity"}) {
        CAPTURE(text);
        CHECK_FALSE(is_json_number(text));
    }
}

}  // namespace
