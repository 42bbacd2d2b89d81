#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/error.hpp"
#include "deliveries/message.hpp"
#include "deliveries/options.hpp"
#include "gateway/counters.hpp"
#include "nodes/sender.hpp"

namespace gateway::deliveries {

/// Tells services what was not delivered, in the queues that they named for it.
///
/// A report is sent once and not waited for. Those that the broker has not taken yet are bounded,
/// by number and by bytes; further ones are dropped, and counted as failed. Lives on its executor.
class Reports {
public:
    /// Everything passed must outlive it.
    Reports(nodes::Sender& sender, const Options& options, Counters::Deliveries& counters)
        : sender_(sender), options_(options), counters_(counters) {}

    /// What the names are of that a report has.
    enum class Named : std::uint8_t { clients, users };

    /// A message failed, for these or as a whole.
    void add(const Return& where, const Error& error, std::span<const std::string> names,
             Named named = Named::clients);

    /// There are none of these names; they are counted.
    void add_unknown(const Return& where, std::span<const std::string> names,
                     Named named = Named::clients);

private:
    void fail() { counters_.failed.fetch_add(1, std::memory_order_relaxed); }

    nodes::Sender& sender_;
    const Options& options_;
    Counters::Deliveries& counters_;
    std::size_t count_ = 0;  ///< Without the broker's word,
    std::size_t bytes_ = 0;  ///< and the bytes of those.
};

}  // namespace gateway::deliveries
