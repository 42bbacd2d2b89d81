#include "engineio/query.hpp"

#include <doctest/doctest.h>

using namespace gateway::engineio;

namespace {

TEST_CASE("a query names revision, transport and session") {
    const Query query = parse_query("/socket.io/?EIO=4&transport=polling&t=P3x&sid=lv_VI97HAX-A");
    CHECK(query.revision == Revision::v4);
    CHECK(query.transport == "polling");
    CHECK(query.sid == "lv_VI97HAX-A");
    CHECK_FALSE(query.has_base64);
    CHECK_FALSE(query.has_callback);
}

TEST_CASE("a client without binary XMLHttpRequest, or without any, says so") {
    CHECK(parse_query("/?EIO=3&b64=1").has_base64);
    CHECK(parse_query("/?b64=true").has_base64);
    CHECK_FALSE(parse_query("/?b64=0").has_base64);
    CHECK(parse_query("/?EIO=3&j=0").has_callback);
}

TEST_CASE("a revision that we do not speak is none") {
    CHECK(parse_query("/?EIO=3").revision == Revision::v3);
    for (const auto* target : {"/?EIO=", "/?EIO", "/?EIO=2", "/?EIO=abc", "/?EIO=44", "/?eio=4"}) {
        CAPTURE(target);
        CHECK_FALSE(parse_query(target).revision);
    }
}

TEST_CASE("a target without a query, or with a strange one, says nothing") {
    for (const auto* target : {"", "/", "/socket.io/", "/?", "/?&&", "/?=", "/?&=&?=?"}) {
        CAPTURE(target);
        const Query query = parse_query(target);
        CHECK_FALSE(query.revision);
        CHECK(query.transport.empty());
        CHECK(query.sid.empty());
    }
}

}  // namespace
