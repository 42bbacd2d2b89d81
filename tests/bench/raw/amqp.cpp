#include "measure/amqp.hpp"

#include <fmt/format.h>

#include "measure/place.hpp"
#include "measure/work.hpp"
#include "raw/runs.hpp"

namespace bench {

namespace {

constexpr std::uint16_t prefetch = 1000;
constexpr std::uint64_t between_acks = 100;

/// Publishes until `is_over(published)`, with at most `window` messages unconfirmed.
template <typename IsOver>
std::uint64_t publish(Amqp& broker, const std::string& topic, const std::string& value,
                      std::size_t window, IsOver is_over) {
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    while (!is_over(published)) {
        broker.publish(topic, value);
        if (++published - confirmed == window) confirmed += broker.take_confirms();
    }
    while (confirmed < published) confirmed += broker.take_confirms();
    return published;
}

std::string produce(const RawShape& shape, const char* mode, std::size_t window) {
    const auto place = make_place(shape.brokers, mode);
    Amqp broker(shape.brokers);
    broker.confirm();
    const std::string value(shape.value_size, 'x');

    Work work(std::nullopt);
    const auto deadline = Clock::now() + shape.duration;
    const auto published = publish(broker, place->name(), value, window, [&](std::uint64_t count) {
        return count % 100 == 0 && Clock::now() >= deadline;
    });
    work.end(published);
    return work.json(mode, fmt::format(R"("size":{},"window":{})", shape.value_size, window));
}

}  // namespace

std::string run_amqp_produce(const RawShape& shape) { return produce(shape, "raw-produce", 20000); }

std::string run_amqp_acked(const RawShape& shape) {
    return produce(shape, "raw-acked", shape.window);
}

std::string run_amqp_fill(const RawShape& shape) {
    Amqp broker(shape.brokers);
    broker.declare(shape.topic, amqp_group);
    broker.remove(shape.topic, amqp_group);
    broker.declare(shape.topic, amqp_group);
    broker.confirm();
    const std::string value(shape.value_size, 'x');

    Work work(std::nullopt);
    work.end(publish(broker, shape.topic, value, 20000,
                     [&](std::uint64_t count) { return count == shape.records; }));
    return work.json("fill", fmt::format(R"("size":{})", shape.value_size));
}

std::string run_amqp_consume(const RawShape& shape) {
    Amqp broker(shape.brokers);
    const std::uint64_t all = broker.depth(shape.topic, amqp_group);
    broker.consume(shape.topic, amqp_group, prefetch);
    std::uint64_t messages = 0;
    const auto take = [&] {
        ++messages;
        static_cast<void>(broker.take_message(messages % between_acks == 0 || messages == all));
    };
    take();

    Work work(std::nullopt);
    const auto deadline = Clock::now() + shape.duration;
    while (messages < all && (messages % 100 != 0 || Clock::now() < deadline)) take();
    work.end(messages - 1);
    return work.json("raw-consume", fmt::format(R"("size":{})", shape.value_size));
}

}  // namespace bench
