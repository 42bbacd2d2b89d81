#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "services/hub.hpp"

namespace gateway::services {

/// Who was given which jobs, in order.
using Dealt = std::vector<std::pair<WorkerId, Uuid>>;

/// A hub with a time that stands still until it is told otherwise.
class Stage {
public:
    explicit Stage(const Options& options = {}) : hub(options, [this] { return next_id(); }) {}

    static Text text(std::string body) {
        return std::make_shared<const std::string>(std::move(body));
    }

    /// What has been told since it was last asked for, by its kind.
    template <typename T>
    std::vector<T> told() {
        std::vector<T> found;
        for (const Effect& effect : std::exchange(effects, {})) {
            if (const auto* one = std::get_if<T>(&effect)) found.push_back(*one);
        }
        return found;
    }

    Dealt dealt() {
        Dealt dealt;
        for (const Assigned& assigned : told<Assigned>()) {
            for (const Assignment& job : assigned.jobs) {
                dealt.emplace_back(assigned.worker, job.job);
            }
        }
        return dealt;
    }

    Uuid call(unsigned id, Call call) {
        if (!call.body) call.body = text("{}");
        if (call.service.empty()) call.service = "sum";
        const auto job = hub.call(CallId{id}, std::move(call), now, effects);
        REQUIRE(job);
        return *job;
    }

    Errc refused_call(unsigned id, Call call) {
        if (!call.body) call.body = text("{}");
        if (call.service.empty()) call.service = "sum";
        const auto job = hub.call(CallId{id}, std::move(call), now, effects);
        REQUIRE_FALSE(job);
        return job.error().code;
    }

    void join(unsigned id, unsigned credit = 1, const std::string& service = "sum") {
        REQUIRE_FALSE(hub.join({.worker = WorkerId{id},
                                .service = service,
                                .commands = {},
                                .about = {},
                                .credit = credit},
                               now, effects));
    }

    void poll(unsigned id, std::size_t count = 1,
              std::chrono::milliseconds timeout = std::chrono::hours(1)) {
        REQUIRE_FALSE(hub.poll(WorkerId{id}, "sum", count, now + timeout, now, effects));
    }

    void part(unsigned id) { hub.part(WorkerId{id}, now, effects); }
    void leave(unsigned id) { hub.leave(CallId{id}, now, effects); }

    /// Nothing where it was taken.
    std::optional<Errc> answer(const Uuid& job, unsigned from = 0, std::string body = "1") {
        const auto error =
            hub.answer(job, WorkerId{from}, {.body = text(std::move(body))}, now, effects);
        return error ? std::optional(error->code) : std::nullopt;
    }

    void pass(std::chrono::milliseconds time) {
        now += time;
        hub.advance(now, effects);
    }

    Hub hub;
    Time now{};
    Effects effects;

private:
    Uuid next_id() { return {.high = 1, .low = ++ids_}; }

    std::uint64_t ids_ = 0;
};

}  // namespace gateway::services
