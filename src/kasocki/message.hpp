#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/record.hpp"
#include "wire/json_object.hpp"

namespace gateway::kasocki {

/// Makes messages of records: the value, a JSON object, with the record's topic, partition, offset,
/// key and timestamp in one field of it, an object that keeps what else it holds.
///
/// Keeps its buffers from record to record. Not thread-safe.
class MessageWriter {
public:
    explicit MessageWriter(std::string_view field);

    /// Nothing where the value is not a JSON object, or the field of it that should take the
    /// record's is none. Valid until the next call.
    [[nodiscard]] std::optional<std::string_view> write(const Record& record);

    [[nodiscard]] const std::string& field() const { return field_; }

private:
    [[nodiscard]] bool append_others(std::string_view object);
    void append_place(const Record& record);

    std::string field_;
    std::string quoted_;  ///< The field as it stands in JSON.
    JsonObject value_;
    JsonObject inner_;
    std::string message_;
};

}  // namespace gateway::kasocki
