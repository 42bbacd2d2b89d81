#include "cluster/roster.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace gateway::cluster;
using namespace gateway::services;

namespace {

/// Writes down what it is asked.
struct Board final : Roster::Board {
    WorkerId join(const std::string& process, const std::string& service) override {
        log += fmt::format("join {} {};", process, service);
        return WorkerId{++last};
    }
    void set_credit(WorkerId worker, unsigned credit) override {
        log += fmt::format("credit {} {};", static_cast<unsigned>(worker), credit);
    }
    void part(WorkerId worker) override {
        log += fmt::format("part {};", static_cast<unsigned>(worker));
    }
    void show(const Told& told) override {
        log += fmt::format("show {} {} {};", told.process, told.service, told.workers);
    }
    std::string said() { return std::exchange(log, {}); }

    std::string log;
    unsigned last = 0;
};

Told told(std::uint64_t version, unsigned credit) {
    return {
        .process = "b", .service = "sum", .version = version, .credit = credit, .workers = credit};
}

TEST_CASE("a node that is there works for what it tells, with the credit that it tells") {
    Board board;
    Roster roster(board, 10);
    CHECK(roster.tell(told(1, 4)));
    CHECK(board.said().empty());
    roster.open("b");
    CHECK(board.said() == "show b sum 4;join b sum;credit 1 4;");
    CHECK(roster.worker("b", "sum") == WorkerId{1});
    CHECK(roster.tell(told(2, 6)));
    CHECK(board.said() == "show b sum 6;credit 1 6;");
    CHECK(roster.tell(told(3, 6)));
    CHECK(board.said() == "show b sum 6;");
}

TEST_CASE("a node whose workers have gone keeps its jobs until it says more") {
    Board board;
    Roster roster(board, 10);
    roster.open("b");
    CHECK(roster.tell(told(1, 0)));
    CHECK(board.said().empty());
    CHECK(roster.tell(told(2, 4)));
    board.said();
    CHECK(roster.tell(told(3, 0)));
    CHECK(board.said() == "show b sum 0;credit 1 0;");
    CHECK(roster.worker("b", "sum") == WorkerId{1});
    CHECK(roster.tell(told(4, 2)));
    CHECK(board.said() == "show b sum 2;credit 1 2;");
}

TEST_CASE("a node parts with what it withdraws") {
    Board board;
    Roster roster(board, 10);
    roster.open("b");
    CHECK(roster.tell(told(1, 4)));
    board.said();
    CHECK(roster.tell({.process = "b", .service = "sum"}));
    CHECK(board.said() == "part 1;show b sum 0;");
    CHECK(roster.worker("b", "sum") == WorkerId::none);
    CHECK(roster.tell(told(2, 1)));
    CHECK(board.said() == "show b sum 1;join b sum;credit 2 1;");
}

TEST_CASE("a node that is not there parts, and is a new worker when it comes back") {
    Board board;
    Roster roster(board, 10);
    roster.open("b");
    CHECK(roster.tell(told(1, 4)));
    board.said();
    roster.close("b");
    CHECK(board.said() == "part 1;show b sum 0;");
    roster.open("b");
    CHECK(board.said() == "show b sum 4;join b sum;credit 2 4;");
    roster.forget("b");
    board.said();
    roster.open("b");
    CHECK(board.said().empty());
}

TEST_CASE("what was told earlier means nothing") {
    Board board;
    Roster roster(board, 10);
    roster.open("b");
    CHECK(roster.tell(told(5, 4)));
    board.said();
    CHECK(roster.tell(told(5, 9)));
    CHECK(roster.tell(told(4, 9)));
    CHECK(board.said().empty());
}

TEST_CASE("a node that gives back is given nothing until it tells more") {
    Board board;
    Roster roster(board, 10);
    roster.open("b");
    CHECK(roster.tell(told(5, 4)));
    board.said();
    roster.tell_nobody_free("b", "sum", 4);
    CHECK(board.said().empty());
    roster.tell_nobody_free("b", "sum", 6);
    CHECK(board.said() == "credit 1 0;");
    CHECK(roster.tell(told(6, 4)));
    CHECK(board.said().empty());
    CHECK(roster.tell(told(7, 4)));
    CHECK(board.said() == "show b sum 4;credit 1 4;");
}

TEST_CASE("nobody is given anything during a pause") {
    Board board;
    Roster roster(board, 10);
    roster.open("b");
    CHECK(roster.tell(told(1, 4)));
    board.said();
    roster.set_paused(true);
    CHECK(board.said() == "credit 1 0;");
    CHECK(roster.tell(told(2, 5)));
    CHECK(board.said() == "show b sum 5;");
    roster.set_paused(false);
    CHECK(board.said() == "credit 1 5;");
}

TEST_CASE("what a node told that is not there is known to be so, until it is forgotten") {
    Board board;
    Roster roster(board, 10);
    CHECK(roster.tell(told(1, 4)));
    CHECK(roster.closed() == std::set<std::string>{"b"});
    roster.open("b");
    CHECK(roster.closed().empty());
    roster.close("b");
    CHECK(roster.closed() == std::set<std::string>{"b"});
    roster.forget("b");
    CHECK(roster.closed().empty());
    CHECK(roster.services_of("b").empty());
}

TEST_CASE("of many nodes with many services each is known to be gone or there") {
    Board board;
    Roster roster(board, 100);
    std::uint64_t version = 0;
    for (const char* const process : {"b", "b.1", "b1", "c"}) {
        for (const char* const service : {"", "a", "sum", "zzz"}) {
            CHECK(roster.tell({.process = process,
                               .service = service,
                               .version = ++version,
                               .credit = 1,
                               .workers = 1}));
        }
    }
    CHECK(roster.closed() == std::set<std::string>{"b", "b.1", "b1", "c"});
    roster.open("b");
    roster.open("b1");
    CHECK(roster.closed() == std::set<std::string>{"b.1", "c"});
}

TEST_CASE("services of all nodes are bounded") {
    Board board;
    Roster roster(board, 1);
    CHECK(roster.tell(told(1, 1)));
    CHECK_FALSE(roster.tell({.process = "c", .service = "sum", .version = 1, .credit = 1}));
    CHECK(roster.tell(told(2, 2)));
    CHECK(roster.tell({.process = "b", .service = "sum"}));
    CHECK(roster.tell({.process = "c", .service = "sum", .version = 2, .credit = 1}));
    CHECK(roster.services_of("c") == std::vector<std::string>{"sum"});
    CHECK(roster.services_of("b").empty());
}

}  // namespace
