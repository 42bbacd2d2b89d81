#include "base/error.hpp"

#include <cstddef>
#include <utility>

namespace gateway {

const std::array<ErrorTraits, 43> error_table{{
    {Errc::malformed_message, "malformed_message", false, "the message is not well-formed JSON"},
    {Errc::unknown_type, "unknown_type", false, "\"t\" is missing or not a known type"},
    {Errc::unknown_action, "unknown_action", false, "\"a\" is not an action of this type"},
    {Errc::invalid_payload, "invalid_payload", false, "\"p\" is not what this request takes"},
    {Errc::invalid_topic, "invalid_topic", false,
     "a topic name is 1 to 249 characters of a-z A-Z 0-9 . _ - and neither . nor .."},
    {Errc::invalid_group, "invalid_group", false, "the broker refuses this consumer group"},
    {Errc::invalid_filter, "invalid_filter", false,
     "the filter is not one; the message says where and why"},
    {Errc::invalid_event, "invalid_event", false,
     "an event's name is segments with dots between, without *, > and control characters; in a "
     "pattern * stands for a segment, and > for the last ones"},
    {Errc::invalid_service, "invalid_service", false,
     "a service's name is 1 to 249 characters of a-z A-Z 0-9 . _ - and neither . nor .."},
    {Errc::no_route, "no_route", false, "no configured route takes this message"},
    {Errc::broker_not_found, "broker_not_found", false,
     "no broker of that name is configured; leave the name out for the default one"},
    {Errc::topic_not_found, "topic_not_found", false, "the topic does not exist; create it first"},
    {Errc::client_not_found, "client_not_found", false,
     "no client of that id or user is connected, or no longer"},
    {Errc::partition_not_found, "partition_not_found", false, "the topic has no such partition"},
    {Errc::offset_out_of_range, "offset_out_of_range", false,
     "the partition does not hold this offset, or no longer"},
    {Errc::not_subscribed, "not_subscribed", false, "there is no such subscription"},
    {Errc::already_subscribed, "already_subscribed", false,
     "a client of Kasocki subscribes once; connect again to subscribe anew"},
    {Errc::already_started, "already_started", false,
     "a client of Kasocki has started already; stop it first"},
    {Errc::already_registered, "already_registered", false,
     "this connection has registered the service already; unregister it first"},
    {Errc::not_registered, "not_registered", false,
     "this connection has not registered the service"},
    {Errc::not_supported, "not_supported", false, "this server or broker does not support it"},
    {Errc::not_authorized, "not_authorized", false, "the broker does not permit it"},
    {Errc::binary_not_supported, "binary_not_supported", false,
     "messages are JSON in text frames; send binary values as base64 with \"e\":\"base64\""},
    {Errc::record_too_large, "record_too_large", false, "the record is larger than allowed"},
    {Errc::invalid_record, "invalid_record", false, "the broker refuses this record as it is"},
    {Errc::invalid_topic_config, "invalid_topic_config", false,
     "the broker refuses these partitions, this replication or this configuration"},
    {Errc::limit_reached, "limit_reached", true, "a limit of this server is reached"},
    {Errc::too_many_requests, "too_many_requests", true,
     "too many requests of this connection wait for an answer"},
    {Errc::queue_full, "queue_full", true,
     "too much waits already, for the broker or for a service's workers"},
    {Errc::superseded, "superseded", false, "a later request of this connection replaced this one"},
    {Errc::broker_unavailable, "broker_unavailable", true, "the broker cannot be reached"},
    {Errc::request_timeout, "request_timeout", true,
     "the broker did not answer in time; the request may have taken effect"},
    {Errc::delivery_failed, "delivery_failed", true,
     "the broker did not confirm the record; it may have arrived all the same"},
    {Errc::service_unavailable, "service_unavailable", true,
     "no worker of the service took the job in time; it was not begun"},
    {Errc::job_not_found, "job_not_found", false, "there is no such job, or no longer"},
    {Errc::job_answered, "job_answered", false, "the job has its answer already"},
    {Errc::job_expired, "job_expired", true,
     "the job's time is over; a worker had it and may have done it"},
    {Errc::job_cancelled, "job_cancelled", false, "nobody waits for the job's answer any more"},
    {Errc::job_abandoned, "job_abandoned", true,
     "services.attempts workers had the job, and none answered in time"},
    {Errc::key_reused, "key_reused", false,
     "an earlier call of this service had this key and asked for something else"},
    {Errc::command_failed, "command_failed", false,
     "the service says that it failed; data holds what it says"},
    {Errc::draining, "draining", true, "this server is stopping; connect again"},
    {Errc::internal, "internal", false, "this is a fault of the server; its log says more"},
}};

const ErrorTraits& traits_of(Errc code) { return error_table[static_cast<std::size_t>(code)]; }

Error::Error(Errc code_in) : code(code_in), message(traits_of(code_in).meaning) {}

Error::Error(Errc code_in, std::string message_in)
    : code(code_in), message(std::move(message_in)) {}

}  // namespace gateway
