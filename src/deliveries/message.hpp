#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "broker/record.hpp"
#include "deliveries/options.hpp"
#include "filter/outline.hpp"
#include "wire/json_object.hpp"

namespace gateway::deliveries {

/// A header of a delivery that another server passes on. Its value: Node::process.
constexpr std::string_view forwarded_header = "forwarded-by";

/// Where a message wants to be answered. Views into the record.
struct Return {
    std::string_view reply_to{};  ///< A queue; empty: nowhere.
    std::string_view correlation_id{};
};

/// A message for clients, as a service has written it: protocol/README.md describes it.
struct Message {
    std::vector<std::string> clients{};  ///< Ids, each once, in order.
    std::vector<std::string> users{};    ///< To all of theirs, instead; the same.
    bool to_all = false;                 ///< To every client, instead.
    std::string payload{};               ///< JSON text.
    std::string correlation_id{};
    std::string reply_to{};
    bool is_forwarded = false;  ///< By another server; it goes no further.
};

/// Looks for what stands in the headers alone, whether the record is a message or not.
[[nodiscard]] Return return_of(const Record& record);

/// Reads messages. Keeps its buffers from call to call. Not thread-safe.
class MessageReader {
public:
    /// `options` must outlive it.
    explicit MessageReader(const Options& options) : options_(options) {}

    /// Fails with invalid_payload, record_too_large, or limit_reached for too many
    /// clients or users, and the reason.
    [[nodiscard]] Result<Message> read(const Record& record);

private:
    [[nodiscard]] std::optional<Error> read_to(const Outline::Value& to, Message& out) const;
    [[nodiscard]] std::optional<Error> read_names(const Outline::Value& names,
                                                  std::vector<std::string>& out) const;

    const Options& options_;
    JsonObject object_;
    Outline outline_;
};

/// The JSON text of a request's id that has become a correlation id: a number if it is spelled like
/// one, else a string; empty for what can be no id.
[[nodiscard]] std::string refid_of(std::string_view correlation_id);

/// Appends the value of a message for these clients, or for those of these users; without any of
/// both, for all.
void append_message(std::string& out, std::span<const std::string> clients,
                    std::span<const std::string> users, std::string_view payload);

}  // namespace gateway::deliveries
