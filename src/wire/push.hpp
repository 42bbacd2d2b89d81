#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "wire/reply.hpp"

namespace gateway {

/// A worker of a service, as others see it.
struct WorkerView {
    std::string_view service;
    std::string_view worker;
    std::span<const std::string> commands;
    std::string_view about;  ///< JSON text, or empty.
    std::uint32_t credit = 1;
};

/// A command on its way to a worker.
struct CommandView {
    std::string_view job;
    std::string_view service;
    std::string_view command;
    std::string_view data;  ///< JSON text.
    unsigned attempt = 1;
    std::chrono::milliseconds timeout{};
};

/// Each appends one message that the server sends unasked.

void append_join(std::string& out, std::uint64_t id, const WorkerView& worker);
void append_leave(std::string& out, std::uint64_t id, std::string_view service,
                  std::string_view worker);

/// So many of those were left out.
void append_service_gap(std::string& out, std::uint64_t id, std::size_t count);

void append_command_request(std::string& out, const CommandView& command);

/// The worker's answer is no longer wanted; it would be refused with `why`.
void append_command_cancel(std::string& out, std::uint64_t id, std::string_view job, Errc why);

/// A word of the worker before its last. `data` is JSON text.
void append_progress(std::string& out, const ReplyHead& head, std::string_view data);

/// The worker says that it failed. `data` is JSON text, or empty.
void append_command_failure(std::string& out, const ReplyHead& head, const Error& error,
                            std::string_view data);

/// `data` is JSON text.
void append_event(std::string& out, std::uint64_t id, std::string_view name,
                  const std::optional<std::string_view>& service, std::string_view data);
void append_event_gap(std::string& out, std::uint64_t id, std::size_t count);

/// A piece of a payload: the worker in the list of its service.
void append_worker(std::string& out, const WorkerView& worker);

}  // namespace gateway
