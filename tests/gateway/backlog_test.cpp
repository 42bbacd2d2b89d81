#include "gateway/backlog.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::Backlog;
using gateway::Position;
using gateway::Range;
using gateway::Record;

namespace {

void keep(Backlog& backlog, std::int32_t partition, std::int64_t offset,
          std::optional<std::string_view> key) {
    const Record record{.topic = "t", .partition = partition, .offset = offset, .key = key};
    backlog.keep(record, "#" + std::to_string(offset));
}

/// Everything that comes out: messages, and gaps as "partition:from-to".
std::vector<std::string> all(Backlog& backlog) {
    std::vector<std::string> out;
    while (!backlog.is_empty()) {
        const Backlog::Item item = backlog.take();
        if (item.gap) {
            out.push_back(std::to_string(item.gap->partition) + ":" +
                          std::to_string(item.gap->from) + "-" + std::to_string(item.gap->to));
        }
        if (!item.message.empty()) out.push_back(item.message);
    }
    return out;
}

using Texts = std::vector<std::string>;

TEST_CASE("what is left out of a partition is one range until a message follows") {
    Backlog backlog;
    backlog.leave_out("t", 0, 5, 6);
    backlog.leave_out("t", 0, 6, 7);
    backlog.leave_out("t", 0, 9, 12);
    backlog.leave_out("t", 1, 3, 4);
    CHECK(all(backlog) == Texts{"0:5-12", "1:3-4"});
    backlog.leave_out("t", 0, 12, 13);
    CHECK(all(backlog) == Texts{"0:12-13"});
}

TEST_CASE("what is dropped of a partition is gone, with its keys and its memory") {
    Backlog backlog;
    keep(backlog, 0, 0, "a");
    backlog.leave_out("t", 0, 1, 3);
    const std::vector<gateway::TopicPartition> other{{"u", 0}, {"t", 1}};
    keep(backlog, 1, 7, "a");
    const auto bytes = backlog.bytes();
    backlog.drop(other);
    CHECK(backlog.bytes() < bytes);
    CHECK(backlog.holds("t", 0));
    CHECK_FALSE(backlog.holds("t", 1));
    keep(backlog, 1, 5, "a");
    CHECK(all(backlog) == Texts{"#0", "0:1-3", "#5"});

    keep(backlog, 0, 0, "a");
    backlog.drop(std::vector<gateway::TopicPartition>{{"t", 0}});
    CHECK(backlog.is_empty());
    CHECK(backlog.bytes() == 0);
}

TEST_CASE("a newer record replaces the older of its key, which is left out by its exact range") {
    Backlog backlog;
    keep(backlog, 0, 0, "a");
    keep(backlog, 0, 1, "b");
    keep(backlog, 0, 2, "a");
    CHECK(all(backlog) == Texts{"0:0-1", "#1", "#2"});
}

TEST_CASE("ranges that only left-out records stand between are one") {
    Backlog backlog;
    keep(backlog, 0, 0, "a");
    keep(backlog, 0, 1, "b");
    keep(backlog, 0, 2, "c");
    keep(backlog, 0, 4, "d");
    keep(backlog, 0, 5, "b");  // Leaves 1 out.
    keep(backlog, 0, 6, "d");  // Leaves 4 out; 2 stands between.
    CHECK(all(backlog) == Texts{"#0", "0:1-2", "#2", "0:4-5", "#5", "#6"});

    for (int offset = 0; offset < 100; ++offset) keep(backlog, 0, offset, offset % 2 ? "b" : "a");
    CHECK(all(backlog) == Texts{"0:0-98", "#98", "#99"});

    keep(backlog, 0, 0, "a");
    keep(backlog, 0, 1, "b");
    keep(backlog, 0, 2, "c");
    keep(backlog, 0, 3, "b");
    keep(backlog, 0, 4, "c");
    keep(backlog, 0, 5, "a");  // What was left out lies between 0 and 3.
    CHECK(all(backlog) == Texts{"0:0-3", "#3", "#4", "#5"});
}

TEST_CASE("keys are a partition's own, and a record without one is never replaced") {
    Backlog backlog;
    keep(backlog, 0, 0, "a");
    keep(backlog, 1, 0, "a");
    keep(backlog, 0, 1, {});
    keep(backlog, 0, 2, {});
    keep(backlog, 0, 3, "");
    CHECK(all(backlog) == Texts{"#0", "#0", "#1", "#2", "#3"});
}

TEST_CASE("partitions come out by the age of what is next in them") {
    Backlog backlog;
    keep(backlog, 1, 7, {});
    keep(backlog, 0, 0, {});
    keep(backlog, 1, 8, {});
    backlog.keep("end", Position{});
    keep(backlog, 0, 1, {});
    CHECK(all(backlog) == Texts{"#7", "#0", "#8", "end", "#1"});
}

TEST_CASE("a message comes out with where it leads to, and so does a range at the end") {
    Backlog backlog;
    keep(backlog, 2, 7, "a");
    backlog.keep("lost", Position{"t", 2, 20});
    backlog.leave_out("t", 2, 20, 30);
    CHECK(backlog.take().next == Position{"t", 2, 8});
    CHECK(backlog.take().next == Position{"t", 2, 20});
    CHECK(backlog.take().next == Position{"t", 2, 30});
    CHECK(backlog.is_empty());
}

TEST_CASE("what it holds of a log that is gone comes out as it was, and leads nowhere") {
    Backlog backlog;
    keep(backlog, 0, 5, "a");
    keep(backlog, 1, 7, "a");
    backlog.leave_out("t", 0, 6, 9);
    backlog.forget_places({"t", 0});
    backlog.keep("lost", Position{"t", 0, 0});
    keep(backlog, 0, 0, "a");

    std::vector<Position> next;
    Texts out;
    while (!backlog.is_empty()) {
        const Backlog::Item item = backlog.take();
        if (item.gap) {
            out.push_back(std::to_string(item.gap->from) + "-" + std::to_string(item.gap->to));
        }
        out.push_back(item.message);
        next.push_back(item.next);
    }
    CHECK(out == Texts{"#7", "5-9", "", "lost", "#0"});
    CHECK(next == std::vector<Position>{{"t", 1, 8}, {}, {"t", 0, 0}, {"t", 0, 1}});
    CHECK(backlog.bytes() == 0);
}

TEST_CASE("it knows whether a record is next, which a range alone and other messages are not") {
    Backlog backlog;
    backlog.leave_out("t", 0, 0, 5);
    CHECK_FALSE(backlog.is_record_next());
    keep(backlog, 0, 5, {});
    CHECK(backlog.is_record_next());
    CHECK(backlog.take().is_record);
    backlog.keep("end", Position{});
    CHECK_FALSE(backlog.is_record_next());
    CHECK_FALSE(backlog.take().is_record);
}

TEST_CASE("it knows the memory it holds, and that what is replaced is given back") {
    Backlog backlog;
    CHECK(backlog.bytes() == 0);
    keep(backlog, 0, 0, "a");
    const std::size_t one = backlog.bytes();
    CHECK(one > 3);
    keep(backlog, 0, 1, "b");
    CHECK(backlog.bytes() == 2 * one);
    keep(backlog, 0, 2, "b");
    CHECK(backlog.bytes() == 2 * one);
    (void)all(backlog);
    CHECK(backlog.bytes() == 0);
}

}  // namespace
