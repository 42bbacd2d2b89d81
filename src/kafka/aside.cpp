#include "kafka/aside.hpp"

#include <thread>
#include <utility>

namespace gateway::kafka {

void end_aside(Handle handle, std::shared_ptr<const Properties> properties) {
    rd_kafka_set_log_level(handle.get(), 0);
    std::thread([handle = handle.release(), properties = std::move(properties)] {
        const bool is_closed = rd_kafka_consumer_closed(handle) != 0;
        rd_kafka_destroy_flags(handle, is_closed ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }).detach();
}

}  // namespace gateway::kafka
