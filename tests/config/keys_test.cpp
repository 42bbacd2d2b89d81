#include "config/keys.hpp"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::config::Config;
using gateway::config::find_key;
using gateway::config::Key;
using gateway::config::keys;
using gateway::config::variable_of;

namespace {

TEST_CASE("no two keys share a name or a variable") {
    std::set<std::string> variables;
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK(find_key(key.name) == &key);
        CHECK(variables.insert(variable_of(key.name)).second);
    }
}

TEST_CASE("every default is a value that its key allows, and reads back as the same") {
    const Config defaults;
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        Config config;
        CHECK(key.read(config, key.write(defaults)));
        CHECK(key.write(config) == key.write(defaults));
    }
}

TEST_CASE("every key has a place of its own in the configuration") {
    const Config defaults;
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        Config config;
        for (const char* other : {"1", "2", "512", "128KiB", "true", "false", "::1", "/other",
                                  "trace", "json", "https://example.com", "/x=json", "3s"}) {
            if (key.read(config, other) && key.write(config) != key.write(defaults)) break;
        }
        for (const Key& other : keys()) {
            CHECK((other.write(config) == other.write(defaults)) == (&other != &key));
        }
    }
}

TEST_CASE("a refused value changes nothing") {
    const Config defaults;
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        Config config;
        CHECK_FALSE(key.read(config, ""));
        if (!key.is_text) CHECK_FALSE(key.read(config, "-1"));
        CHECK(key.write(config) == key.write(defaults));
    }
}

TEST_CASE("a key belongs to one group, and groups stand together") {
    std::set<std::string> groups;
    std::string group;
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        const std::string own(key.name.substr(0, key.name.find('.')));
        CHECK(key.name.find('.') == key.name.rfind('.'));
        if (own != group) CHECK(groups.insert(own).second);
        group = own;
    }
}

TEST_CASE("a sentence ends with a full stop and fits into a table") {
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK(key.sentence.ends_with('.'));
        CHECK(key.sentence.find_first_of("|\n") == std::string_view::npos);
    }
}

TEST_CASE("a variable is the key in capitals with underscores") {
    CHECK(variable_of("websocket.max_frame_bytes") == "KAFKA_WS_WEBSOCKET_MAX_FRAME_BYTES");
    CHECK(variable_of("a-b.c") == "KAFKA_WS_A_B_C");
}

TEST_CASE("topics are a list with commas, or a star, which is no list") {
    const Key& key = *find_key("kasocki.allowed_topics");
    Config config;
    CHECK(key.write(config) == "*");
    CHECK(key.read(config, "a, b.c_1-X"));
    CHECK(config.kasocki.allowed_topics == std::vector<std::string>{"a", "b.c_1-X"});
    CHECK(key.write(config) == "a,b.c_1-X");
    for (const auto* refused : {"", "a,", ",a", "a,*", "a b", "__\xff"}) {
        CAPTURE(refused);
        CHECK_FALSE(key.read(config, refused));
    }
    CHECK(key.read(config, "*"));
    CHECK(config.kasocki.allowed_topics.empty());
}

TEST_CASE("a header is a token, or none") {
    const Key& key = *find_key("websocket.user_header");
    Config config;
    CHECK(config.websocket.user_header.empty());
    for (const char* refused : {"", "X User", "X-User:", "\xc3\xa9", "X-User\r"}) {
        CAPTURE(refused);
        CHECK_FALSE(key.read(config, refused));
    }
    CHECK(key.read(config, "X-Forwarded-User"));
    CHECK(config.websocket.user_header == "X-Forwarded-User");
    CHECK(key.read(config, "none"));
    CHECK(config.websocket.user_header.empty());
}

TEST_CASE("networks are addresses with their bits, with commas between them") {
    const Key& key = *find_key("websocket.user_header_from");
    Config config;
    CHECK(key.read(config, "10.0.0.1, 10.0.0.0/8,::1,2001:db8::/32, 0.0.0.0/0,::/128"));
    CHECK(config.websocket.user_header_from == std::vector<std::string>{"10.0.0.1", "10.0.0.0/8",
                                                                        "::1", "2001:db8::/32",
                                                                        "0.0.0.0/0", "::/128"});
    for (const char* refused : {"", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8",
                                "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.1,", "*"}) {
        CAPTURE(refused);
        CHECK_FALSE(key.read(config, refused));
    }
}

TEST_CASE("origins are a list with commas, a star, or the own one") {
    const Key& key = *find_key("socketio.origins");
    Config config;
    CHECK(config.engineio.origins == std::vector<std::string>{"*"});
    CHECK(key.read(config, "https://a.example, http://b.example:8080 ,capacitor://localhost"));
    CHECK(config.engineio.origins == std::vector<std::string>{"https://a.example",
                                                              "http://b.example:8080",
                                                              "capacitor://localhost"});
    CHECK(key.write(config) == "https://a.example,http://b.example:8080,capacitor://localhost");
    CHECK(find_key("http.origins")->write(config) == "own");
    CHECK(key.read(config, "own"));
    CHECK(config.engineio.origins.empty());
    for (const auto* text : {"", ",", "a.example", "https://", "://a", "https://a/", "https://a,",
                             "https://a,,https://b", "https://*.example", "https://a b"}) {
        CAPTURE(text);
        CHECK_FALSE(key.read(config, text));
    }
}

}  // namespace
