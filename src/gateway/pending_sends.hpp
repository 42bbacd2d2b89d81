#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "wire/message.hpp"

namespace gateway {

/// What became of one record.
struct SendOutcome {
    std::string topic{};
    std::int32_t partition = 0;
    std::int64_t offset = -1;
    std::optional<Error> error{};
};

/// A request that sends several records and is answered once all are settled.
struct ArrayOfSends {
    std::string id;
    Type type = Type::notif;
    Action action = Action::create;
    bool ack = false;
    std::size_t unsettled = 0;
    std::vector<SendOutcome> outcomes;  ///< In the order of the request's records.
};

/// One record that its broker has not reported yet.
struct PendingSend {
    std::string id{};  ///< The JSON text of the request's id; empty in an array.
    Action action = Action::create;
    bool ack = false;
    std::shared_ptr<ArrayOfSends> array{};  ///< The request it is part of, or null.
    std::uint32_t index = 0;                ///< Its place there.
};

/// The unreported records of one session, by token. Tokens are small numbers, used again once they
/// are taken. Not thread-safe.
class PendingSends {
public:
    [[nodiscard]] std::uint32_t add(PendingSend send);

    /// Ends a token; asserts that it is one.
    [[nodiscard]] PendingSend take(std::uint32_t token);

    [[nodiscard]] std::size_t size() const { return sends_.size() - free_.size(); }

private:
    std::vector<PendingSend> sends_;
    std::vector<std::uint32_t> free_;
};

}  // namespace gateway
