#include "memory/entry.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

namespace gateway::memory {

namespace {

TEST_CASE("an entry is read as it was written") {
    const std::array<Header, 3> headers = {{{"a", "1"}, {"", ""}, {"b", std::nullopt}}};
    const OutgoingRecord record{.topic = "topic",
                                .key = "key",
                                .value = std::string_view("\0v", 2),
                                .headers = headers,
                                .timestamp = std::nullopt};
    std::string entry(entry_size(record), '#');
    write_entry(record, entry.data());
    stamp_entry(entry.data(), 7, 1000);

    const auto head = read_head(entry.data());
    CHECK(head.size == entry.size());
    CHECK(entry_key(entry.data(), head) == "key");

    Record read;
    std::vector<Header> found;
    read_entry(entry.data(), head, read, &found);
    CHECK(read.offset == 7);
    CHECK(read.timestamp == 1000);
    CHECK(read.key == "key");
    CHECK(read.value == record.value);
    REQUIRE(found.size() == 3);
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].name == headers[i].name);
        CHECK(found[i].value == headers[i].value);
    }
}

TEST_CASE("headers that nobody asked for are skipped") {
    const std::array<Header, 1> headers = {{{"name", "value"}}};
    const OutgoingRecord record{.topic = "topic",
                                .key = std::nullopt,
                                .value = "after them",
                                .headers = headers,
                                .timestamp = std::nullopt};
    std::string entry(entry_size(record), '#');
    write_entry(record, entry.data());

    Record read;
    read_entry(entry.data(), read_head(entry.data()), read, nullptr);
    CHECK_FALSE(read.key.has_value());
    CHECK(read.value == "after them");
    CHECK(read.headers.empty());
}

TEST_CASE("entries are aligned, and a header costs something even if it is empty") {
    const std::array<Header, 2> headers = {{{"", std::nullopt}, {"", std::nullopt}}};
    OutgoingRecord record{.topic = "topic",
                          .key = std::nullopt,
                          .value = "12345",
                          .headers = {},
                          .timestamp = std::nullopt};
    CHECK(payload_size(record) == 5);
    CHECK(entry_size(record) % 8 == 0);
    record.headers = headers;
    CHECK(payload_size(record) == 21);
}

}  // namespace

}  // namespace gateway::memory
