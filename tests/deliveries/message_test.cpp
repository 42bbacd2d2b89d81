#include "deliveries/message.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::deliveries;

namespace {

Result<Message> read(std::string_view value, std::span<const Header> headers = {}) {
    const Options options{.max_message_bytes = 100, .max_clients = 3};
    MessageReader reader(options);
    return reader.read({.topic = "q", .value = value, .headers = headers});
}

TEST_CASE("a message names a client, several, or all") {
    CHECK(read(R"({"to":"a.b.1","p":1})")->clients == std::vector<std::string>{"a.b.1"});
    CHECK(read(R"({"p":1,"to":["a","b","a"]})")->clients == std::vector<std::string>{"a", "b"});
    CHECK(read(R"({"to":[],"p":1})")->clients.empty());
    CHECK(read(R"({"to":"*","p":1})")->to_all);
    CHECK_FALSE(read(R"({"to":["*"],"p":1})")->to_all);
}

TEST_CASE("a message names a user, or several") {
    const auto one = read(R"({"to":{"user":"ada"},"p":1})");
    CHECK(one->users == std::vector<std::string>{"ada"});
    CHECK(one->clients.empty());
    CHECK(read(R"({"to":{"user":["a","b","a"]},"p":1})")->users ==
          std::vector<std::string>{"a", "b"});
    const auto star = read(R"({"to":{"user":"*"},"p":1})");
    CHECK(star->users == std::vector<std::string>{"*"});
    CHECK_FALSE(star->to_all);
    CHECK(read(R"({"to":{"user":[]},"p":1})")->users.empty());
}

TEST_CASE("the payload stays as it is written, whatever it is") {
    for (const char* payload : {"null", "[1, 2]", R"({"a": "\u00e9"})", R"("x")", "1e3"}) {
        CAPTURE(payload);
        CHECK(read(R"({"to":"c","p":)" + std::string(payload) + "}")->payload == payload);
    }
}

TEST_CASE("headers say what is answered and where to answer") {
    const Header headers[] = {{"reply-to", "q"}, {"correlation-id", "7"}, {"forwarded-by", "n.p"}};
    const auto message = read(R"({"to":"c","p":1})", headers);
    CHECK(message->reply_to == "q");
    CHECK(message->correlation_id == "7");
    CHECK(message->is_forwarded);
    CHECK_FALSE(read(R"({"to":"c","p":1})")->is_forwarded);
}

TEST_CASE("what is no message is refused") {
    for (const char* value :
         {"", "x", "[]", "{}", R"({"to":"c"})", R"({"p":1})", R"({"to":7,"p":1})",
          R"({"to":["c",7],"p":1})", R"({"to":{},"p":1})", R"({"to":{"user":7},"p":1})",
          R"({"to":{"user":["a",{}]},"p":1})", R"({"to":{"user":"a","x":1},"p":1})",
          R"({"to":{"user":"a","user":"b"},"p":1})", R"({"to":[{"user":"a"}],"p":1})",
          R"({"to":null,"p":1})", R"({"to":"c","p":tru})", R"({"to":"c","p":1} 2)",
          "{\"to\":\"c\",\"p\":\"\xff\"}"}) {
        CAPTURE(value);
        REQUIRE_FALSE(read(value));
        CHECK(read(value).error().code == Errc::invalid_payload);
    }
    const Options options;
    CHECK_FALSE(MessageReader(options).read({}));
}

TEST_CASE("a message names so many clients and has so many bytes at most") {
    CHECK(read(R"({"to":["a","b","c","a"],"p":1})"));
    CHECK(read(R"({"to":["a","b","c","d"],"p":1})").error().code == Errc::limit_reached);
    CHECK(read(R"({"to":{"user":["a","b","c","d"]},"p":1})").error().code == Errc::limit_reached);
    const std::string empty = R"({"to":"c","p":""})";
    const auto filled = [&](std::size_t bytes) {
        return R"({"to":"c","p":")" + std::string(bytes - empty.size(), 'x') + R"("})";
    };
    CHECK(read(filled(100)));
    CHECK(read(filled(101)).error().code == Errc::record_too_large);
    const Header header[] = {{"x", "y"}};
    CHECK(read(filled(98), header));
    CHECK(read(filled(99), header).error().code == Errc::record_too_large);
}

TEST_CASE("a correlation id is the request's id again") {
    CHECK(refid_of("7") == "7");
    CHECK(refid_of("-1.5e3") == "-1.5e3");
    CHECK(refid_of("q 1") == R"("q 1")");
    CHECK(refid_of("07") == R"("07")");
    CHECK(refid_of("").empty());
    CHECK(refid_of("\xff").empty());
    CHECK(refid_of(std::string(256, 'x')).size() == 258);
    CHECK(refid_of(std::string(257, 'x')).empty());
}

TEST_CASE("a message that is written is read the same") {
    std::string value;
    const std::vector<std::string> clients{"a", "b\""};
    append_message(value, clients, {}, "[1]");
    const auto message = read(value);
    CHECK(message->clients == clients);
    CHECK(message->payload == "[1]");
    value.clear();
    append_message(value, {}, clients, "[1]");
    CHECK(read(value)->users == clients);
    CHECK(read(value)->clients.empty());
    value.clear();
    append_message(value, {}, {}, "[1]");
    CHECK(read(value)->to_all);
}

}  // namespace
