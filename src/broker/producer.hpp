#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "broker/record.hpp"

namespace gateway {

/// Sends the records of one session to one broker, in order.
///
/// Call it on the executor it was opened with; its events arrive there too, never from within a
/// call of `send`. Destroying it ends its events at once, while what it took is still delivered,
/// as long as the broker answers within its delivery timeout.
class Producer {
public:
    /// The broker's word on one record.
    struct Report {
        std::uint32_t token = 0;  ///< The record's.
        std::string_view topic;   ///< Valid during the call.
        std::int32_t partition = 0;
        std::int64_t offset = -1;      ///< -1 where the broker does not tell (acks=0).
        const Error* error = nullptr;  ///< Null: the broker has it, with its configured acks.
    };

    /// What a producer tells its owner.
    class Events {
    public:
        /// One report for each record taken, sooner or later, success or not.
        virtual void reported(std::span<const Report> reports) = 0;

        /// There is room again after `send` said queue_full. Called once for each such refusal.
        virtual void room() = 0;

    protected:
        ~Events() = default;
    };

    /// How far `send` came.
    struct Sent {
        /// So many records, from the first on, are taken: each will be reported.
        std::size_t taken = 0;

        /// Why `records[taken]` was not; empty if all were. With Errc::queue_full the caller keeps
        /// the rest, stops taking more from its client, and goes on at `room()`. Any other error
        /// is the fate of that one record, which will not be reported; go on with the next.
        std::optional<Error> error;
    };

    virtual ~Producer() = default;

    /// Takes records in order until one cannot be taken. Never blocks. The views in `records` may
    /// end with the call.
    [[nodiscard]] virtual Sent send(std::span<const OutgoingRecord> records) = 0;
};

}  // namespace gateway
