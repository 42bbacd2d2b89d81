#include "engineio/payload.hpp"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gateway::engineio;
using namespace std::string_literals;

namespace {

constexpr Revision v4 = Revision::v4;
constexpr Revision v3 = Revision::v3;

struct Read {
    std::string data;
    PacketType type = PacketType::message;
    bool is_binary = false;

    bool operator==(const Read&) const = default;
};

/// All packets of a payload, or nothing if it is malformed somewhere.
std::optional<std::vector<Read>> read(Revision revision, std::string body, bool is_binary = false) {
    PayloadReader reader(revision, {.body = std::move(body), .is_binary = is_binary});
    std::vector<Read> packets;
    Packet packet;
    for (;;) {
        switch (reader.next(packet)) {
            case PayloadReader::Status::packet:
                packets.push_back({std::string(packet.data), packet.type, packet.is_binary});
                break;
            case PayloadReader::Status::end:
                return packets;
            case PayloadReader::Status::malformed:
                CHECK(reader.next(packet) == PayloadReader::Status::malformed);
                return std::nullopt;
        }
    }
}

bool is_malformed(Revision revision, std::string body, bool is_binary = false) {
    return !read(revision, std::move(body), is_binary);
}

const Read ping{.data = "", .type = PacketType::ping};
const Read hello{.data = "hello"};
const Read bytes{.data = "\1\2\3\4", .is_binary = true};

constexpr Packet hello_packet{.data = "hello"};
constexpr Packet euro_packet{.data = "€"};
constexpr Packet bytes_packet{.is_binary = true, .data = "\1\2\3\4"};

TEST_CASE("revision 4 puts a separator between packets, and binary ones in base64") {
    CHECK(read(v4, "4hello") == std::vector{hello});
    CHECK(read(v4,
               "4hello\x1e"
               "2\x1e"
               "bAQIDBA==") == std::vector{hello, ping, bytes});
    CHECK(read(v4, "b") == std::vector{Read{.data = "", .is_binary = true}});

    const std::vector packets{hello_packet, Packet{.type = PacketType::ping}, bytes_packet};
    const Payload written = write_payload({}, packets);
    CHECK(written.body ==
          "4hello\x1e"
          "2\x1e"
          "bAQIDBA==");
    CHECK_FALSE(written.is_binary);
}

TEST_CASE("what revision 4 cannot read is malformed") {
    CHECK(is_malformed(v4, ""));
    CHECK(is_malformed(v4, "abc"));
    CHECK(is_malformed(v4, "4hello\x1e"));
    CHECK(is_malformed(v4,
                       "\x1e"
                       "4hello"));
    CHECK(is_malformed(v4,
                       "4a\x1e\x1e"
                       "4b"));
    CHECK(is_malformed(v4, "bAQIDBA="));
    CHECK(is_malformed(v4, "4\xff"));
    CHECK(is_malformed(v4, "4hello", true));
}

TEST_CASE("revision 3 counts the UTF-16 units of each packet") {
    CHECK(read(v3, "6:4hello1:2") == std::vector{hello, ping});
    CHECK(read(v3, "2:4€1:2") == std::vector{Read{.data = "€"}, ping});
    CHECK(read(v3, "3:4🦘1:2") == std::vector{Read{.data = "🦘"}, ping});
    CHECK(read(v3, "6:4hello10:b4AQIDBA==") == std::vector{hello, bytes});

    const std::vector texts{hello_packet, euro_packet, Packet{.data = "🦘"}};
    CHECK(write_payload({.revision = v3, .takes_binary = false}, texts).body ==
          "6:4hello2:4€3:4🦘");
    const std::vector mixed{euro_packet, bytes_packet};
    CHECK(write_payload({.revision = v3, .takes_binary = false}, mixed).body ==
          "2:4€10:b4AQIDBA==");
}

TEST_CASE("text of revision 3 is decoded twice where it can be") {
    const std::string doubled = "\u00c3\u00a9\u00e2\u0082\u00ac";
    CHECK(read(v3, "6:4" + doubled + "1:2") == std::vector{Read{.data = "é€"}, ping});
    for (const auto* text : {"é", "é€", "€", "Ã", "ÃO", "🦘", "déjà vu", "Ångström: 1,5 °C"}) {
        CAPTURE(text);
        const std::vector written{Packet{.data = text}};
        const Payload payload = write_payload({.revision = v3, .takes_binary = false}, written);
        CHECK(read(v3, payload.body) == std::vector{Read{.data = text}});
    }
}

TEST_CASE("what revision 3 cannot read as text is malformed") {
    for (const auto* body : {"", "abc", "4hello", ":4hello", "7:4hello", "5:4hello", "0:", "-1:4",
                             "1e0:4", " 1:4", "1:4:", "2:4🦘", "9:b4AQIDBA=", "1:b", "1:b1:2",
                             "99999999999999999999:4a", "2:4\xff"}) {
        CAPTURE(body);
        CHECK(is_malformed(v3, body));
    }
}

TEST_CASE("a binary payload of revision 3 counts bytes, one digit in each") {
    const std::string body =
        "\0\4\xff"
        "4€\1\5\xff\4\1\2\3\4"s;
    CHECK(read(v3, body, true) == std::vector{Read{.data = "€"}, bytes});
    CHECK(is_malformed(v3,
                       "\0\1\2\xff"
                       "4hello worlds"s,
                       true));
    CHECK(read(v3,
               "\0\1\2\xff"
               "4hello world"s,
               true) == std::vector{Read{.data = "hello world"}});

    const std::vector mixed{euro_packet, bytes_packet};
    const Payload written = write_payload({.revision = v3}, mixed);
    CHECK(written.body == body);
    CHECK(written.is_binary);
    const std::string eleven(11, 'x');
    CHECK(write_payload({.revision = v3}, std::vector{Packet{.is_binary = true, .data = eleven}})
              .body == "\1\1\2\xff\4"s + eleven);
}

TEST_CASE("revision 3 writes a binary payload only where text would be read differently") {
    const Payload ascii = write_payload({.revision = v3}, std::vector{hello_packet});
    CHECK(ascii.body == "6:4hello");
    CHECK_FALSE(ascii.is_binary);

    const Payload other = write_payload({.revision = v3}, std::vector{euro_packet});
    CHECK(other.body ==
          "\0\4\xff"
          "4€"s);
    CHECK(other.is_binary);
}

TEST_CASE("what revision 3 cannot read as bytes is malformed") {
    for (const auto& body : {""s, "\0"s, "\0\1"s, "\0\xff"s, "\xff"s,
                             "\0\2\xff"
                             "4"s,
                             "\2\1\xff"
                             "4"s,
                             "\1\1\xff\2"s,
                             "\0\x0a\xff"
                             "4"s,
                             "\0\2\xff"
                             "4\xff"s,
                             "6:4hello"s, "\0\0\xff"s,
                             "\0\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\xff"
                             "4"s}) {
        CAPTURE(body);
        CHECK(is_malformed(v3, body, true));
    }
}

TEST_CASE("a payload cut anywhere is malformed or holds only the packets before the cut") {
    const std::string text = "6:4hello2:4€10:b4AQIDBA==";
    const std::string framed =
        "\0\4\xff"
        "4€\1\5\xff\4\1\2\3\4"s;
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto found = read(v3, text.substr(0, size));
        CHECK((!found || found->size() < 3));
    }
    for (std::size_t size = 0; size < framed.size(); ++size) {
        const auto found = read(v3, framed.substr(0, size), true);
        CHECK((!found || found->size() < 2));
    }
}

}  // namespace
