#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/stage.hpp"

namespace gateway::contract {

/// A producer and what it was told. Checks of each event that it comes on the stage's executor and
/// not from within a call.
class Sender final : private Producer::Events {
public:
    struct Fate {
        std::uint32_t token = 0;
        std::string topic;
        std::int32_t partition = 0;
        std::int64_t offset = -1;
        std::optional<Errc> error;
    };

    explicit Sender(Stage& stage);

    [[nodiscard]] Producer::Sent send(std::span<const OutgoingRecord> records);

    /// Sends records that must all be taken, and waits for their reports: these are returned, in
    /// the order of the records. Tokens are replaced by numbers of its own.
    std::vector<Fate> deliver(std::vector<OutgoingRecord> records);

    /// Sends one record and waits for its end, whether it is refused or reported.
    Fate fate_of(const OutgoingRecord& record);

    /// Delivers records with the values "FIRST" to "LAST - 1" to one partition: in a partition
    /// that nobody else sends to, each record's value is its offset.
    void count(const std::string& topic, std::int32_t partition, int first, int last);

    /// Destroys the producer; this keeps what was heard, and would notice an event after it.
    void end() { producer_.reset(); }

    [[nodiscard]] const std::vector<Fate>& reports() const { return reports_; }
    [[nodiscard]] std::size_t rooms() const { return rooms_; }

private:
    void reported(std::span<const Producer::Report> reports) override;
    void room() override;
    void check_event() const;

    Stage& stage_;
    bool inside_ = false;
    std::uint32_t next_token_ = 1'000'000;
    std::vector<Fate> reports_;
    std::size_t rooms_ = 0;
    std::unique_ptr<Producer> producer_;
};

}  // namespace gateway::contract
