#include "amqp/properties.hpp"

#include <array>
#include <cstring>
#include <string>

#include <doctest/doctest.h>

#include "amqp/bytes.hpp"

namespace gateway::amqp {

namespace {

Record read(const amqp_basic_properties_t& properties, std::string_view body,
            std::pmr::memory_resource& memory, bool with_headers = true) {
    Record record;
    read_message(properties, body, with_headers, memory, record);
    return record;
}

amqp_table_entry_t entry(const char* name, std::uint8_t kind) {
    amqp_table_entry_t made{};
    made.key = amqp_cstring_bytes(name);
    made.value.kind = kind;
    return made;
}

TEST_CASE("a record that was written is read as it was") {
    const std::array<Header, 4> headers = {
        {{"reply-to", "answers"}, {"x", "1"}, {"none", std::nullopt}, {"x", "\xff\x00"}}};
    PropertiesWriter writer;
    const auto& properties = writer.write({.topic = "topic",
                                           .key = "key",
                                           .value = "value",
                                           .headers = headers,
                                           .timestamp = 1'600'000'000'123});
    std::pmr::monotonic_buffer_resource memory;
    const Record record = read(properties, "value", memory);
    CHECK(record.key == "key");
    CHECK(record.value == "value");
    CHECK(record.timestamp == 1'600'000'000'123);
    REQUIRE(record.headers.size() == headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        CHECK(record.headers[i].name == headers[i].name);
        CHECK(record.headers[i].value == headers[i].value);
    }
}

TEST_CASE("messages are persistent, and say their time in seconds to who reads no header of ours") {
    PropertiesWriter writer;
    const auto& properties =
        writer.write({.topic = "topic", .value = "", .timestamp = 1'600'000'000'999});
    CHECK(properties.delivery_mode == 2);
    CHECK((properties._flags & AMQP_BASIC_TIMESTAMP_FLAG) != 0);
    CHECK(properties.timestamp == 1'600'000'000);
}

TEST_CASE("what is a property for AMQP is written as one, once, and where it fits") {
    const std::string too_long(256, 'x');
    const std::array<Header, 8> headers = {{{"correlation-id", "1"},
                                            {"message-id", "2"},
                                            {"content-type", "3"},
                                            {"app-id", "4"},
                                            {"type", "5"},
                                            {"type", "again"},
                                            {"reply-to", too_long},
                                            {"reply-to", std::nullopt}}};
    PropertiesWriter writer;
    const auto& properties = writer.write({.topic = "topic", .value = "", .headers = headers});
    CHECK(to_view(properties.correlation_id) == "1");
    CHECK(to_view(properties.message_id) == "2");
    CHECK(to_view(properties.content_type) == "3");
    CHECK(to_view(properties.app_id) == "4");
    CHECK(to_view(properties.type) == "5");
    CHECK((properties._flags & AMQP_BASIC_REPLY_TO_FLAG) == 0);
    REQUIRE(properties.headers.num_entries == 3);
    CHECK(to_view(properties.headers.entries[0].value.value.bytes) == "again");
    CHECK(to_view(properties.headers.entries[1].value.value.bytes) == too_long);
    CHECK(properties.headers.entries[2].value.kind == AMQP_FIELD_KIND_VOID);
}

TEST_CASE("text travels as text, and other bytes as bytes") {
    PropertiesWriter writer;
    for (const std::string text :
         {"", "plain", "t\xc3\xb6pic", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
        CAPTURE(text);
        const auto& properties = writer.write({.topic = "topic", .key = text, .value = ""});
        CHECK(properties.headers.entries[0].value.kind == AMQP_FIELD_KIND_UTF8);
    }
    for (const std::string bytes : {"\xff", "\xc3", "a\x80z", "\xe2\x82", "\xf8\x88\x80\x80"}) {
        const auto& properties = writer.write({.topic = "topic", .key = bytes, .value = ""});
        CHECK(properties.headers.entries[0].value.kind == AMQP_FIELD_KIND_BYTES);
    }
}

TEST_CASE("a tombstone has no value, and an empty body without its mark is an empty value") {
    PropertiesWriter writer;
    std::pmr::monotonic_buffer_resource memory;
    CHECK_FALSE(read(writer.write({.topic = "topic", .key = "k"}), "", memory).value.has_value());
    CHECK(read(writer.write({.topic = "topic", .value = ""}), "", memory).value == "");
}

TEST_CASE("messages of others are read with what they have") {
    std::pmr::monotonic_buffer_resource memory;
    amqp_basic_properties_t properties{};
    const Record bare = read(properties, "body", memory);
    CHECK(bare.value == "body");
    CHECK(bare.timestamp == -1);
    CHECK_FALSE(bare.key.has_value());
    CHECK(bare.headers.empty());

    properties._flags = AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_APP_ID_FLAG;
    properties.timestamp = 1'600'000'000;
    properties.app_id = amqp_cstring_bytes("app");
    const Record stamped = read(properties, "body", memory);
    CHECK(stamped.timestamp == 1'600'000'000'000);
    REQUIRE(stamped.headers.size() == 1);
    CHECK(stamped.headers[0].name == "app-id");
    CHECK(stamped.headers[0].value == "app");
}

TEST_CASE("values in the table become text, and what has none is left out") {
    std::array entries = {
        entry("yes", AMQP_FIELD_KIND_BOOLEAN), entry("i32", AMQP_FIELD_KIND_I32),
        entry("u64", AMQP_FIELD_KIND_U64),     entry("f64", AMQP_FIELD_KIND_F64),
        entry("table", AMQP_FIELD_KIND_TABLE), entry("nil", AMQP_FIELD_KIND_VOID)};
    entries[0].value.value.boolean = 1;
    entries[1].value.value.i32 = -7;
    entries[2].value.value.u64 = 8;
    entries[3].value.value.f64 = 1.5;
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_HEADERS_FLAG;
    properties.headers = {static_cast<int>(entries.size()), entries.data()};
    std::pmr::monotonic_buffer_resource memory;
    const Record record = read(properties, "", memory);
    REQUIRE(record.headers.size() == 5);
    CHECK(record.headers[0].value == "true");
    CHECK(record.headers[1].value == "-7");
    CHECK(record.headers[2].value == "8");
    CHECK(record.headers[3].value == "1.5");
    CHECK(record.headers[4].name == "nil");
    CHECK_FALSE(record.headers[4].value.has_value());
}

TEST_CASE("a consumer without headers still gets key, time and tombstones") {
    const std::array<Header, 2> headers = {{{"reply-to", "answers"}, {"x", "1"}}};
    PropertiesWriter writer;
    std::pmr::monotonic_buffer_resource memory;
    const Record record =
        read(writer.write({.topic = "topic", .key = "key", .headers = headers, .timestamp = 1234}),
             "", memory, false);
    CHECK(record.headers.empty());
    CHECK(record.key == "key");
    CHECK(record.timestamp == 1234);
    CHECK_FALSE(record.value.has_value());
}

TEST_CASE("what was read does not point to the message") {
    std::string key = "a key of some length";
    std::string body = "a body of some length";
    std::string value = "a header's value of some length";
    const std::array<Header, 1> headers = {{{"type", value}}};
    PropertiesWriter writer;
    std::pmr::monotonic_buffer_resource memory;
    const Record record =
        read(writer.write({.topic = "topic", .key = key, .value = body, .headers = headers}), body,
             memory);
    for (auto* text : {&key, &body, &value}) text->assign(text->size(), '#');
    CHECK(record.key == "a key of some length");
    CHECK(record.value == "a body of some length");
    CHECK(record.headers[0].value == "a header's value of some length");
}

}  // namespace

}  // namespace gateway::amqp
