#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "load/address.hpp"

namespace bench {

/// How a worker over HTTP goes on when it has jobs.
enum class Turn {
    apart,     ///< It sends an answer for each, and asks for more when they have their replies.
    ahead,     ///< It asks for more behind its answers, in one write.
    together,  ///< It sends all answers in one request.
    next,      ///< Its answer asks for the next job.
};

/// Callers that each wait for an answer before they ask again, and workers.
struct Jobs {
    Address address;
    pid_t server = 0;
    std::size_t callers = 64;
    std::size_t workers = 1;
    std::size_t take = 1;  ///< Jobs that a worker of ours has at once: n, or its credit.
    Turn turn = Turn::apart;
    std::size_t value_size = 100;
    std::chrono::milliseconds duration{2000};
};

// Each run drives one server and returns a line of JSON: requests answered a second, as callers
// count them, and how long they waited. Throws std::runtime_error if the server refuses something
// or stops answering.

/// Requests that the server answers by itself.
std::string run_echo(const Jobs& jobs);

/// `POST /service/…`, `GET /service/…/jobs`, `POST /jobs/…`.
std::string run_http(const Jobs& jobs);

/// `command`/`send`, `service`/`register`, `command`/`reply`.
std::string run_websocket(const Jobs& jobs);

/// Requests of NATS, on its WebSocket port; workers share a queue group.
std::string run_nats(const Jobs& jobs);

}  // namespace bench
