#pragma once

#include <amqp.h>

#include <memory_resource>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway::amqp {

/// How a record travels as an AMQP message, as protocol/amqp.md tells clients.
///
/// The value is the body. The headers `correlation-id`, `reply-to`, `message-id`, `content-type`,
/// `app-id` and `type` are the properties of those names, where they have a value that fits (255
/// bytes) and the first time that they occur; the rest stand in the table of headers, in order.
/// Beside them stand what AMQP has no place for, under names that are reserved:
constexpr std::string_view key_header = "kafka-key";
constexpr std::string_view timestamp_header = "kafka-timestamp";  ///< ms; AMQP's counts seconds.
constexpr std::string_view tombstone_header = "kafka-tombstone";  ///< The body is no value.

/// Writes records' properties.
class PropertiesWriter {
public:
    /// Valid until the next call, and as long as what `record` points to.
    [[nodiscard]] const amqp_basic_properties_t& write(const OutgoingRecord& record);

private:
    void add(std::string_view name, amqp_field_value_t value);

    amqp_basic_properties_t properties_{};
    std::vector<amqp_table_entry_t> entries_;
};

/// Fills the record with what a message holds, whoever sent it: copies it into `memory`. Values in
/// the table that are numbers become their text; tables and arrays are left out.
void read_message(const amqp_basic_properties_t& properties, std::string_view body,
                  bool with_headers, std::pmr::memory_resource& memory, Record& record);

}  // namespace gateway::amqp
