#pragma once

#include <cstdint>

#include "broker/record.hpp"
#include "kafka/locator.hpp"
#include "kafka/loss.hpp"
#include "kafka/member.hpp"
#include "kafka/share.hpp"

namespace gateway::kafka {

/// Moves a member's partition on whose leader says that the record to read next is out of range.
///
/// A part of `member`, on its strand.
class Relocation {
public:
    Relocation(Member& member, const Share& share) : member_(member), share_(share) {}

    /// Delivery has come to `wanted`, which is not there.
    void start(const Position& wanted);

private:
    void take_place(const Position& wanted, const Locator::Answer& answer);
    void go_on_at(const Position& wanted, const Recovery& recovery);
    void move(Delivery::Starts places, const Position& wanted, const Recovery& recovery,
              std::uint64_t version);

    Member& member_;
    const Share& share_;
    bool moving_ = false;
};

}  // namespace gateway::kafka
