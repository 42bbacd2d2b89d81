#include "socketio/packet.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace gateway::socketio;

namespace {

TEST_CASE("a packet is read as it is written") {
    const std::vector<std::pair<std::string, Packet>> packets{
        {"0", {.type = PacketType::connect}},
        {R"(0{"token":"1"})", {.type = PacketType::connect, .payload = R"({"token":"1"})"}},
        {"0/admin,", {.type = PacketType::connect, .name_space = "/admin"}},
        {"0/admin?a=b,", {.type = PacketType::connect, .name_space = "/admin?a=b"}},
        {"1", {.type = PacketType::disconnect}},
        {"1/admin,", {.type = PacketType::disconnect, .name_space = "/admin"}},
        {R"(2["a",1])", {.payload = R"(["a",1])"}},
        {R"(212["a"])", {.id = 12, .payload = R"(["a"])"}},
        {R"(3/admin,13["a"])",
         {.type = PacketType::ack, .name_space = "/admin", .id = 13, .payload = R"(["a"])"}},
        {R"(4{"message":"no"})",
         {.type = PacketType::connect_error, .payload = R"({"message":"no"})"}},
        {R"(51-["a",{"_placeholder":true,"num":0}])",
         {.type = PacketType::binary_event,
          .attachments = 1,
          .payload = R"(["a",{"_placeholder":true,"num":0}])"}},
        {R"(62-/admin,7[{}])",
         {.type = PacketType::binary_ack,
          .name_space = "/admin",
          .id = 7,
          .attachments = 2,
          .payload = "[{}]"}},
    };
    for (const auto& [text, packet] : packets) {
        CAPTURE(text);
        CHECK(parse_packet(text) == packet);
        CHECK(write_packet(packet) == text);
    }
}

TEST_CASE("a namespace may end with the packet instead of a comma") {
    CHECK(parse_packet("0/admin") == Packet{.type = PacketType::connect, .name_space = "/admin"});
}

TEST_CASE("an id may be as large as a number of 64 bits") {
    CHECK(parse_packet("218446744073709551615[]")->id == 18446744073709551615U);
    CHECK_FALSE(parse_packet("218446744073709551616[]"));
}

TEST_CASE("what is not written as a packet is, is none") {
    for (const auto* text : {"", "7", "abc", "-", "5[]", "5-[]", "5x-[]", "51[]", "5-1-[]",
                             "599999999999-[]", "6/admin,[]"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_packet(text));
    }
}

}  // namespace
