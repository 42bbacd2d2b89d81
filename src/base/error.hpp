#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// What can go wrong on a client's behalf. protocol/errors.md lists the same names, and a test
/// compares the two: add to both.
///
/// An error is always an answer and never ends a connection; what does has a CloseCode.
enum class Errc : std::uint8_t {
    malformed_message,
    unknown_type,
    unknown_action,
    invalid_payload,
    invalid_topic,
    invalid_group,
    invalid_filter,
    invalid_event,
    invalid_service,
    no_route,
    broker_not_found,
    topic_not_found,
    client_not_found,
    partition_not_found,
    offset_out_of_range,
    not_subscribed,
    already_subscribed,
    already_started,
    already_registered,
    not_registered,
    not_supported,
    not_authorized,
    binary_not_supported,
    record_too_large,
    invalid_record,
    invalid_topic_config,
    limit_reached,
    too_many_requests,
    queue_full,
    superseded,
    broker_unavailable,
    request_timeout,
    delivery_failed,
    service_unavailable,
    job_not_found,
    job_answered,
    job_expired,
    job_cancelled,
    job_abandoned,
    key_reused,
    command_failed,
    draining,
    internal,
};

/// What a client should do about an error.
struct ErrorTraits {
    Errc code;
    std::string_view name;     ///< As it stands in a reply's "code".
    bool retry;                ///< The same request may succeed later, unchanged.
    std::string_view meaning;  ///< One sentence; the message where nothing better is known.
};

/// Every Errc, in the order of the enumeration.
extern const std::array<ErrorTraits, 43> error_table;

/// The row of `code`.
[[nodiscard]] const ErrorTraits& traits_of(Errc code);

/// An error on its way to a client: a stable code, and a sentence that says what to change.
struct Error {
    Error(Errc code_in);  ///< With the meaning from the table as its message.
    Error(Errc code_in, std::string message_in);

    Errc code;
    std::string message;
};

}  // namespace gateway
