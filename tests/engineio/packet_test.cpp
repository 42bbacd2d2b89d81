#include "engineio/packet.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace gateway::engineio;
using namespace std::string_literals;

namespace {

TEST_CASE("a text packet is a digit and its data") {
    CHECK(parse_text("4hello") == Packet{.data = "hello"});
    CHECK(parse_text("2probe") == Packet{.type = PacketType::ping, .data = "probe"});
    CHECK(parse_text("6") == Packet{.type = PacketType::noop});
    CHECK(write_text(PacketType::message, "hello") == "4hello");
    CHECK(write_text(PacketType::close) == "1");
}

TEST_CASE("a text that begins with no packet's digit is no packet") {
    CHECK_FALSE(parse_text(""));
    CHECK_FALSE(parse_text("abc"));
    CHECK_FALSE(parse_text("7"));
    CHECK_FALSE(parse_text("-1"));
}

TEST_CASE("bytes are a message as they stand in revision 4, and after a 4 in revision 3") {
    CHECK(parse_binary(Revision::v4, "\1\2") == Packet{.is_binary = true, .data = "\1\2"});
    CHECK(parse_binary(Revision::v3, "\4\1\2") == Packet{.is_binary = true, .data = "\1\2"});
    CHECK(write_binary(Revision::v4, "\1\2") == "\1\2");
    CHECK(write_binary(Revision::v3, "\1\2") == "\4\1\2");
}

TEST_CASE("no bytes are a message in revision 4 only, and other types than it are never bytes") {
    CHECK(parse_binary(Revision::v4, "") == Packet{.is_binary = true});
    CHECK_FALSE(parse_binary(Revision::v3, ""));
    CHECK_FALSE(parse_binary(Revision::v3, "\2probe"));
    CHECK_FALSE(parse_binary(Revision::v3, "4text"));
}

}  // namespace
