#include <fmt/format.h>

#include "measure/topic.hpp"
#include "measure/work.hpp"
#include "raw/producer.hpp"
#include "raw/runs.hpp"

namespace bench {

namespace {

constexpr int between_reports = 1000;

}  // namespace

std::string run_produce(const RawShape& shape) {
    TemporaryTopic topic(shape.brokers, "produce");
    Producer producer(shape.brokers, topic.name(), "5", std::string(shape.value_size, 'x'),
                      shape.properties);
    producer.warm_up();

    Work work(std::nullopt);
    const auto deadline = Clock::now() + shape.duration;
    while (Clock::now() < deadline) {
        bool full = false;
        for (int i = 0; i < between_reports && !full; ++i) full = !producer.produce();
        producer.take_reports(full ? 1000 : 0);
    }
    producer.take_all_reports();
    work.end(producer.reported() - 1);
    return work.json("raw-produce", fmt::format(R"("size":{})", shape.value_size));
}

std::string run_acked(const RawShape& shape) {
    TemporaryTopic topic(shape.brokers, "raw-acked");
    Producer producer(shape.brokers, topic.name(), "0", std::string(shape.value_size, 'x'),
                      shape.properties);
    producer.warm_up();

    Work work(std::nullopt);
    const auto deadline = Clock::now() + shape.duration;
    while (Clock::now() < deadline) {
        while (producer.taken() - producer.reported() < shape.window && producer.produce())
            continue;
        producer.take_reports(1000);
    }
    producer.take_all_reports();
    work.end(producer.reported() - 1);
    return work.json("raw-acked",
                     fmt::format(R"("size":{},"window":{})", shape.value_size, shape.window));
}

std::string run_fill(const RawShape& shape) {
    Topic topic(shape.brokers, shape.topic);
    topic.create();
    Producer producer(shape.brokers, topic.name(), "5", std::string(shape.value_size, 'x'),
                      shape.properties);

    Work work(std::nullopt);
    for (std::uint64_t i = 0; i < shape.records;) {
        const bool full = !producer.produce();
        if (!full) ++i;
        if (full || i % between_reports == 0) producer.take_reports(full ? 1000 : 0);
    }
    producer.take_all_reports();
    work.end(producer.reported());
    return work.json("fill", fmt::format(R"("size":{})", shape.value_size));
}

}  // namespace bench
