#pragma once

#include <string>

#include "broker/sender.hpp"
#include "broker/stage.hpp"

namespace gateway::contract {

/// What most cases begin with, as their fixture: a broker, a topic with one partition and the name
/// of a group that nobody else has, and who sends.
struct Scene {
    Stage stage{};
    std::string topic = stage.topic();
    std::string group = Stage::fresh("group");
    Sender sender{stage};
};

}  // namespace gateway::contract
