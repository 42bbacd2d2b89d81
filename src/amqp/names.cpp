#include "amqp/names.hpp"

#include <fmt/format.h>

namespace gateway::amqp {

Result<std::string> group_queue(std::string_view topic, std::string_view group) {
    std::string name = fmt::format("{}:{}", topic, group);
    if (name.size() <= max_name_bytes) return name;
    return Error(Errc::invalid_group,
                 fmt::format("the group's queue would have a name of {} bytes, and AMQP allows {}: "
                             "choose a shorter group",
                             name.size(), max_name_bytes));
}

}  // namespace gateway::amqp
