#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include <asio/steady_timer.hpp>

#include "kafka/handle.hpp"
#include "kafka/properties.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// Asks the cluster again and again whether it is there, on a handle of its own.
class Probe {
public:
    /// What it found last.
    struct Finding {
        bool up = false;
        std::string reason;  ///< Why not, for an operator; empty if it is up.
    };

    /// `workers` must outlive the probe's last question, which `stop` waits for. Throws
    /// std::runtime_error if librdkafka refuses the properties.
    Probe(const Properties& properties, Workers& workers, std::chrono::milliseconds interval);

    void start();

    /// Asks no more. The handle ends with the object, once the workers have joined.
    void stop();

    /// Any thread may ask; never waits for the cluster.
    [[nodiscard]] Finding finding() const;

private:
    void ask();
    void ask_after(std::chrono::milliseconds pause);
    [[nodiscard]] std::string last_error();

    std::string servers_;
    std::chrono::milliseconds interval_;
    Workers::Strand strand_;
    asio::steady_timer timer_;
    Handle handle_;

    std::string error_;  ///< librdkafka's latest complaint; the strand's.
    bool stopped_ = false;

    mutable std::mutex mutex_;
    Finding finding_;
};

}  // namespace gateway::kafka
