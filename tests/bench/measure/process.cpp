#include "measure/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace bench {

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

double cpu_seconds_of(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string line;
    if (!std::getline(file, line)) {
        throw std::runtime_error(fmt::format("there is no process {}", process));
    }
    // The second field is the program's name in brackets, which may hold anything.
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    unsigned long user = 0;
    unsigned long system = 0;
    fields >> user >> system;
    return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t private_bytes_of(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/smaps_rollup", process));
    std::size_t kilobytes = 0;
    std::string name;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        fields >> name;
        if (name != "Private_Dirty:") continue;
        fields >> kilobytes;
        return kilobytes * 1024;
    }
    throw std::runtime_error(fmt::format("the memory of process {} cannot be read", process));
}

}  // namespace bench
