#pragma once

#include <sys/types.h>

#include <cstddef>

namespace bench {

/// Processor seconds, user and system, that the process has used until now, all its threads
/// together. Throws std::runtime_error if there is no such process.
[[nodiscard]] double cpu_seconds_of(pid_t process);

/// The same of this process.
[[nodiscard]] double own_cpu_seconds();

/// Bytes of resident memory that belong to the process alone: what its heap, stacks and written
/// data take. Pages of files that it merely maps are left out, and so is what the kernel keeps
/// for its sockets.
[[nodiscard]] std::size_t private_bytes_of(pid_t process);

}  // namespace bench
