#pragma once

#include <string>

#include "broker/sender.hpp"

namespace gateway::contract {

/// A new topic of one partition that keeps records for a minute.
[[nodiscard]] std::string forgetful_topic(Stage& stage);

/// Sends so many records that are an hour old to a forgetful topic, and waits until the broker has
/// dropped them, and whatever there was before.
void send_and_forget(Stage& stage, Sender& sender, const std::string& topic, int records);

}  // namespace gateway::contract
