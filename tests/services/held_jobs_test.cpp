#include "services/held_jobs.hpp"

#include <doctest/doctest.h>

using namespace gateway::services;

namespace {

constexpr Uuid job(std::uint64_t number) { return {1, number}; }

TEST_CASE("a job is its worker's until it is answered") {
    HeldJobs jobs;
    CHECK_FALSE(jobs.has_any());
    jobs.add(job(1), WorkerId{7});
    CHECK(jobs.has(job(1)));
    CHECK(jobs.has_any());
    CHECK(jobs.find(job(1)) == WorkerId{7});
    CHECK(jobs.take(job(1)) == WorkerId{7});
    CHECK(jobs.take(job(1)) == WorkerId::none);
    CHECK_FALSE(jobs.has_any());
}

TEST_CASE("a job that was recalled is known, and not waited for") {
    HeldJobs jobs;
    jobs.add(job(1), WorkerId{7});
    jobs.recall(job(1), 1);
    jobs.recall(job(1), 1);
    CHECK_FALSE(jobs.has(job(1)));
    CHECK_FALSE(jobs.has_any());
    CHECK(jobs.take(job(1)) == WorkerId{7});
    jobs.recall(job(2), 1);
    CHECK(jobs.find(job(2)) == WorkerId::none);
}

TEST_CASE("of jobs that were recalled only so many are known") {
    HeldJobs jobs;
    for (std::uint64_t i = 0; i < 10; ++i) {
        jobs.add(job(i), WorkerId{7});
        jobs.recall(job(i), 2);
    }
    CHECK(jobs.find(job(7)) == WorkerId::none);
    CHECK(jobs.find(job(8)) == WorkerId{7});
    CHECK(jobs.find(job(9)) == WorkerId{7});
    CHECK_FALSE(jobs.has_any());
}

TEST_CASE("a job that comes again is waited for again") {
    HeldJobs jobs;
    jobs.add(job(1), WorkerId{7});
    jobs.recall(job(1), 4);
    jobs.add(job(1), WorkerId{8});
    CHECK(jobs.has(job(1)));
    jobs.recall(job(2), 4);
    CHECK(jobs.has_any());
    CHECK(jobs.take(job(1)) == WorkerId{8});
    CHECK_FALSE(jobs.has_any());
}

TEST_CASE("a worker's jobs go with it") {
    HeldJobs jobs;
    jobs.add(job(1), WorkerId{7});
    jobs.add(job(2), WorkerId{8});
    jobs.add(job(3), WorkerId{7});
    jobs.recall(job(3), 4);
    jobs.remove(WorkerId{7});
    CHECK(jobs.find(job(1)) == WorkerId::none);
    CHECK(jobs.find(job(3)) == WorkerId::none);
    CHECK(jobs.has(job(2)));
    jobs.remove(WorkerId{8});
    CHECK_FALSE(jobs.has_any());
}

TEST_CASE("a job that comes again and is recalled again is known as the last one") {
    HeldJobs jobs;
    jobs.add(job(1), WorkerId{7});
    jobs.recall(job(1), 2);
    jobs.add(job(1), WorkerId{7});
    jobs.add(job(2), WorkerId{7});
    jobs.recall(job(2), 2);
    jobs.recall(job(1), 2);
    CHECK(jobs.find(job(1)) == WorkerId{7});
    CHECK(jobs.find(job(2)) == WorkerId{7});
}

}  // namespace
