#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "load/address.hpp"

namespace bench {

/// Callers that each wait for an answer before they ask again, and workers.
struct Jobs {
    Address address;
    pid_t server = 0;
    std::size_t callers = 64;
    std::size_t workers = 1;
    std::size_t take = 1;  ///< http: jobs that a worker asks for at once; it answers them so, too.
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

/// Requests of NATS, on its WebSocket port; workers share a queue group.
std::string run_nats(const Jobs& jobs);

}  // namespace bench
