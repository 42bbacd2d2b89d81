#include "raw/consumer.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace bench {

Consumer::Consumer(const std::string& brokers, const std::string& topic, std::int64_t from,
                   Properties properties)
    : handle_(open_handle(RD_KAFKA_CONSUMER,
                          with(std::move(properties), {{"bootstrap.servers", brokers},
                                                       {"group.id", "raw"},
                                                       {"enable.auto.commit", "false"}}))),
      queue_(
          (rd_kafka_poll_set_consumer(handle_.get()), rd_kafka_queue_get_consumer(handle_.get()))),
      wakes_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    const std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue_.get(), wakes_, &one, sizeof one);
    const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = from;
    const auto error = rd_kafka_assign(handle_.get(), list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
}

Consumer::~Consumer() {
    rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
    rd_kafka_consumer_close(handle_.get());
    close(wakes_);
}

}  // namespace bench
