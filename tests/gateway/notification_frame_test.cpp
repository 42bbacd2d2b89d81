#include "gateway/notification_frame.hpp"

#include <doctest/doctest.h>

using gateway::JsonCheck;
using gateway::NotificationFrame;
using gateway::Position;
using gateway::Record;

namespace {

Record record(std::string_view topic, std::int32_t partition, std::int64_t offset,
              std::string_view value) {
    return {.topic = topic,
            .partition = partition,
            .offset = offset,
            .timestamp = 9,
            .key = {},
            .value = value,
            .headers = {}};
}

TEST_CASE("a frame is an array of its notifications, and knows where they end in each partition") {
    JsonCheck json;
    const NotificationFrame::Options options;
    NotificationFrame frame(options, json);
    CHECK(frame.is_empty());
    frame.add(record("a", 0, 5, "x"), 3);
    frame.add(record("a", 1, 7, "y"), 4);
    frame.add(record("b", 0, 1, "z"), 5);
    frame.add(record("a", 0, 6, "w"), 6);

    const auto taken = frame.take();
    CHECK(
        taken.text ==
        R"([{"id":3,"t":"notif","p":"x"},{"id":4,"t":"notif","p":"y"},{"id":5,"t":"notif","p":"z"},)"
        R"({"id":6,"t":"notif","p":"w"}])");
    CHECK(taken.next == std::vector<Position>{{"a", 0, 7}, {"a", 1, 8}, {"b", 0, 2}});
    CHECK(frame.is_empty());
}

TEST_CASE("the next frame begins anew") {
    JsonCheck json;
    const NotificationFrame::Options options;
    NotificationFrame frame(options, json);
    frame.add(record("a", 0, 5, "x"), 0);
    (void)frame.take();
    frame.add(record("b", 2, 1, "y"), 1);
    const auto taken = frame.take();
    CHECK(taken.text == R"([{"id":1,"t":"notif","p":"y"}])");
    CHECK(taken.next == std::vector<Position>{{"b", 2, 2}});
}

TEST_CASE("a frame is full at its limit or at its size") {
    JsonCheck json;
    const NotificationFrame::Options of_two{.limit = 2};
    NotificationFrame two(of_two, json);
    two.add(record("a", 0, 0, "x"), 0);
    CHECK_FALSE(two.is_full());
    two.add(record("a", 0, 1, "x"), 1);
    CHECK(two.is_full());

    const NotificationFrame::Options of_50_bytes{.max_bytes = 50};
    NotificationFrame small(of_50_bytes, json);
    small.add(record("a", 0, 0, "x"), 0);
    CHECK_FALSE(small.is_full());
    small.add(record("a", 0, 1, "x"), 1);
    CHECK(small.is_full());
}

TEST_CASE("what passes moves the frame's end without a message") {
    JsonCheck json;
    const NotificationFrame::Options options;
    NotificationFrame frame(options, json);
    frame.pass(record("a", 0, 5, "x"));
    frame.pass(Position{"b", 1, 9});
    CHECK(frame.is_empty());
    CHECK(frame.take_passed() == std::vector<Position>{{"a", 0, 6}, {"b", 1, 9}});

    frame.add(record("a", 0, 6, "y"), 1);
    frame.pass(record("a", 0, 7, "z"));
    const auto taken = frame.take();
    CHECK(taken.text == R"([{"id":1,"t":"notif","p":"y"}])");
    CHECK(taken.next == std::vector<Position>{{"a", 0, 8}});
}

TEST_CASE("gaps and the end of a snapshot stand among the records, under the subscription's name") {
    JsonCheck json;
    const NotificationFrame::Options options{.sub = R"("a \"b\"")"};
    NotificationFrame frame(options, json);
    frame.add(record("a", 0, 5, "x"), 1);
    frame.add(frame.message_of(gateway::Range{"a", 0, 6, 9}, 2));
    frame.add(frame.message_of(gateway::Lost{"a", 0, 9, 15, 12, 20}, 3));
    frame.add(frame.snapshot_end(4));
    frame.add(frame.message_of(record("a", 0, 15, "y"), 5));
    const auto taken = frame.take();
    CHECK(
        taken.text ==
        R"([{"id":1,"t":"notif","sub":"a \"b\"","p":"x"},)"
        R"({"id":2,"t":"notif","a":"gap","sub":"a \"b\"","p":{"topic":"a","partition":0,"from":6,"to":9}},)"
        R"({"id":3,"t":"notif","a":"gap","sub":"a \"b\"","p":{"topic":"a","partition":0,"from":9,"to":15,)"
        R"("code":"offset_out_of_range","earliest":12,"latest":20}},)"
        R"({"id":4,"t":"notif","a":"snapshot_end","sub":"a \"b\""},)"
        R"({"id":5,"t":"notif","sub":"a \"b\"","p":"y"}])");
    CHECK(taken.next == std::vector<Position>{{"a", 0, 6}});
}

TEST_CASE("what is not JSON stays a string where JSON is asked for") {
    JsonCheck json;
    const NotificationFrame::Options options{.decode_json = true};
    NotificationFrame frame(options, json);
    frame.add(record("a", 0, 0, R"({"a":[1]})"), 0);
    frame.add(record("a", 0, 1, R"({"a":[1)"), 1);
    CHECK(frame.take().text ==
          R"([{"id":0,"t":"notif","p":{"a":[1]}},{"id":1,"t":"notif","p":"{\"a\":[1"}])");
}

}  // namespace
