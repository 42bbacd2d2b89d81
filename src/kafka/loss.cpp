#include "kafka/loss.hpp"

#include <fmt/format.h>

namespace gateway::kafka {

Result<Recovery> recover(std::int64_t wanted, const Located& found, OffsetReset reset) {
    if (wanted >= found.earliest && wanted <= found.latest) return Recovery{.next = wanted};
    if (reset == OffsetReset::error) return out_of_range(wanted, found);

    const auto next = reset == OffsetReset::latest ? found.latest : found.earliest;
    return Recovery{.next = next,
                    .lost = Lost{.topic = found.topic,
                                 .partition = found.partition,
                                 .wanted = wanted,
                                 .next = next,
                                 .earliest = found.earliest,
                                 .latest = found.latest}};
}

Error out_of_range(std::int64_t wanted, const Located& found) {
    return {Errc::offset_out_of_range,
            fmt::format("topic \"{}\", partition {}: there is no offset {}; the earliest is {} and "
                        "the latest {}",
                        found.topic, found.partition, wanted, found.earliest, found.latest)};
}

}  // namespace gateway::kafka
