#include "websocket/user_header.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gateway;
using websocket::Options;
using websocket::UserHeader;

namespace {

const UserHeader header({.user_header = "X-Forwarded-User"});

int status(const UserHeader& users, const std::string& value, const char* peer) {
    std::string user;
    const auto refusal = users.read(value, asio::ip::make_address(peer), user);
    CHECK(user == (refusal ? "" : value));
    return refusal ? refusal->status : 0;
}

int status_from(std::vector<std::string> networks, const char* peer) {
    return status(UserHeader({.user_header = "X-User", .user_header_from = std::move(networks)}),
                  "ada", peer);
}

TEST_CASE("a user is who the header names") {
    for (const char* name : {"ada", "ada@example.com", "Ada Lovelace", "*", "\xc3\xa9", "\xc2\xa0",
                             "$user", "a.b/c"}) {
        CAPTURE(name);
        CHECK(status(header, name, "127.0.0.1") == 0);
    }
    CHECK(status(header, std::string(255, 'x'), "127.0.0.1") == 0);
}

TEST_CASE("a value that is no name is refused") {
    for (const std::string& value :
         {std::string(), std::string(256, 'x'), std::string("a\0b", 3), std::string("a\tb"),
          std::string("a\x7f"), std::string("\xff"), std::string("\xc3"), std::string("\xc2\x85"),
          std::string("ada, bob"), std::string(", ada"), std::string("ada, "),
          std::string("ada,bob")}) {
        CAPTURE(value);
        CHECK(status(header, value, "127.0.0.1") == 400);
    }
}

TEST_CASE("the header is believed from this machine, unless other addresses are named") {
    for (const char* peer : {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"}) {
        CAPTURE(peer);
        CHECK(status(header, "ada", peer) == 0);
    }
    for (const char* peer : {"128.0.0.1", "10.0.0.1", "::2", "::", "0.0.0.0", "::127.0.0.1",
                             "::ffff:10.0.0.1", "fe80::1"}) {
        CAPTURE(peer);
        CHECK(status(header, "ada", peer) == 403);
    }
    CHECK(status_from({"10.0.0.1"}, "10.0.0.1") == 0);
    CHECK(status_from({"10.0.0.1"}, "::ffff:10.0.0.1") == 0);
    CHECK(status_from({"10.0.0.1"}, "10.0.0.2") == 403);
    CHECK(status_from({"10.0.0.1"}, "127.0.0.1") == 403);
}

TEST_CASE("a network is the addresses that begin with its bits") {
    CHECK(status_from({"10.1.0.0/15"}, "10.0.255.255") == 0);
    CHECK(status_from({"10.1.0.0/15"}, "10.2.0.0") == 403);
    CHECK(status_from({"192.0.2.128/25"}, "192.0.2.129") == 0);
    CHECK(status_from({"192.0.2.128/25"}, "192.0.2.127") == 403);
    CHECK(status_from({"0.0.0.0/0"}, "8.8.8.8") == 0);
    CHECK(status_from({"0.0.0.0/0"}, "2001:db8::1") == 403);
    CHECK(status_from({"::/0"}, "2001:db8::1") == 0);
    CHECK(status_from({"2001:db8::/33"}, "2001:db8:7fff::1") == 0);
    CHECK(status_from({"2001:db8::/33"}, "2001:db8:8000::1") == 403);
    CHECK(status_from({"192.0.2.1", "2001:db8::1/128"}, "2001:db8::1") == 0);
}

TEST_CASE("what is no network is a mistake in the configuration") {
    for (const char* network : {"", "x", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/8/8",
                                "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/8 "}) {
        CAPTURE(network);
        CHECK_THROWS_AS(UserHeader({.user_header_from = {network}}), std::invalid_argument);
    }
}

TEST_CASE("a list of headers is searched for the user's, in any case") {
    CHECK(header.is_among("x-forwarded-user"));
    CHECK(header.is_among("content-type,X-FORWARDED-USER , x-a"));
    CHECK_FALSE(header.is_among("content-type, x-forwarded-users"));
    CHECK_FALSE(header.is_among(""));
    CHECK_FALSE(UserHeader(Options()).is_among("x-forwarded-user"));
    CHECK_FALSE(UserHeader(Options()).is_among(", "));
}

}  // namespace
