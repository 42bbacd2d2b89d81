#include <memory>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "load/client.hpp"
#include "load/message.hpp"
#include "load/poller.hpp"
#include "load/runs.hpp"
#include "measure/place.hpp"
#include "measure/work.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

struct Sender {
    explicit Sender(const Address& server) : client(server) {}

    Client client;
    std::size_t at = 0;  ///< In the ring: what was sent of the present round.
    std::uint64_t rounds = 0;
    bool done = false;  ///< The last message is acknowledged.
};

}  // namespace

std::string run_ingest(const Target& target, const Shape& shape) {
    const auto place = make_place(target.brokers, "ingest");
    const FrameRing ring(
        {.topic = place->name(), .per_frame = shape.per_frame, .value_size = shape.value_size});
    const auto last = notif(0, place->name(), value_of(shape.value_size), true);

    std::vector<std::unique_ptr<Sender>> senders;
    Poller poller;
    for (std::size_t i = 0; i < shape.connections; ++i) {
        senders.push_back(std::make_unique<Sender>(target.address));
        senders.back()->client.ask(last);
        poller.add(senders.back()->client, i, true);
    }

    Work work(target.server);
    const auto deadline = Clock::now() + shape.duration;
    std::size_t open = senders.size();
    while (open > 0) {
        const bool alive = poller.wait(Clock::now() + patience, [&](std::size_t index,
                                                                    bool readable, bool writable) {
            Sender& sender = *senders[index];
            if (writable) {
                sender.at += sender.client.write(std::string_view(ring.bytes).substr(sender.at));
                if (sender.at == ring.bytes.size()) {
                    sender.at = 0;
                    ++sender.rounds;
                    if (Clock::now() >= deadline) {
                        sender.client.send(last);
                        poller.set_writing(sender.client, index, false);
                    }
                }
            }
            if (!readable) return;
            sender.client.read([&](std::string_view reply) {
                if (count_in(reply, R"("s":0)", 0) != 1 || sender.done) {
                    throw std::runtime_error(fmt::format("unexpected: {}", reply));
                }
                sender.done = true;
                --open;
            });
        });
        if (!alive) throw std::runtime_error("the last message was not acknowledged");
    }
    std::uint64_t messages = senders.size();
    for (const auto& sender : senders) messages += sender->rounds * ring.frames * ring.per_frame;
    work.end(messages);

    const auto stored = place->stored();
    if (stored != messages + senders.size()) {
        throw std::runtime_error(fmt::format("{} messages were sent, {} are on the broker",
                                             messages + senders.size(), stored));
    }
    return work.json("ingest", fmt::format(R"("connections":{},"per_frame":{},"size":{})",
                                           shape.connections, shape.per_frame, shape.value_size));
}

}  // namespace bench
