#include <algorithm>
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

/// Keeps its window full from the ring.
class Sender {
public:
    Sender(const Address& server, const FrameRing& ring, std::size_t window)
        : client_(server), ring_(ring), window_(window) {}

    [[nodiscard]] Client& client() { return client_; }
    [[nodiscard]] std::uint64_t sent() const { return sent_; }
    [[nodiscard]] std::uint64_t answered() const { return answered_; }

    void take_replies() {
        client_.read([this](std::string_view replies) {
            const auto count = count_in(replies, R"("s":0)", 0);
            if (count == 0 || answered_ + count > sent_) {
                throw std::runtime_error(fmt::format("unexpected: {}", replies));
            }
            answered_ += count;
        });
    }

    /// Begins as many frames as the window allows. Returns whether the socket took them all.
    bool fill_window(bool more) {
        while (true) {
            if (pending_ == 0 && more) {
                const auto room = (window_ - (sent_ - answered_)) / ring_.per_frame;
                const auto frames = std::min(room, (ring_.bytes.size() - at_) / ring_.frame_bytes);
                pending_ = frames * ring_.frame_bytes;
                sent_ += frames * ring_.per_frame;
            }
            if (pending_ == 0) return true;
            const auto taken = client_.write(std::string_view(ring_.bytes).substr(at_, pending_));
            if (taken == 0) return false;
            pending_ -= taken;
            at_ += taken;
            if (at_ == ring_.bytes.size()) at_ = 0;
        }
    }

private:
    Client client_;
    const FrameRing& ring_;
    std::size_t window_;
    std::size_t at_ = 0;       ///< In the ring.
    std::size_t pending_ = 0;  ///< Bytes of frames begun that the socket has not taken.
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
};

}  // namespace

std::string run_acked(const Target& target, const Shape& shape) {
    const auto place = make_place(target.brokers, "acked");
    const FrameRing ring({.topic = place->name(),
                          .per_frame = shape.per_frame,
                          .value_size = shape.value_size,
                          .ack = true});
    const auto first = notif(0, place->name(), value_of(shape.value_size), true);

    std::vector<std::unique_ptr<Sender>> senders;
    std::vector<bool> blocked(shape.connections, false);
    Poller poller;
    for (std::size_t i = 0; i < shape.connections; ++i) {
        senders.push_back(std::make_unique<Sender>(target.address, ring, shape.window));
        senders.back()->client().ask(first);
        poller.add(senders.back()->client(), i, false);
    }

    Work work(target.server);
    const auto deadline = Clock::now() + shape.duration;
    const auto fill = [&](std::size_t index, bool more) {
        const bool now_blocked = !senders[index]->fill_window(more);
        if (now_blocked == blocked[index]) return;
        blocked[index] = now_blocked;
        poller.set_writing(senders[index]->client(), index, now_blocked);
    };
    for (std::size_t i = 0; i < senders.size(); ++i) fill(i, true);
    const auto unanswered = [&] {
        return std::any_of(senders.begin(), senders.end(),
                           [](const auto& sender) { return sender->answered() < sender->sent(); });
    };
    for (bool more = true; more || unanswered();) {
        more = Clock::now() < deadline;
        const bool alive =
            poller.wait(Clock::now() + patience, [&](std::size_t index, bool readable, bool) {
                if (readable) senders[index]->take_replies();
                fill(index, more);
            });
        if (!alive) throw std::runtime_error("an acknowledgement is missing");
    }
    std::uint64_t messages = 0;
    for (const auto& sender : senders) messages += sender->answered();
    work.end(messages);

    const auto stored = place->stored();
    if (stored != messages + senders.size()) {
        throw std::runtime_error(fmt::format("{} messages were acknowledged, {} are on the broker",
                                             messages + senders.size(), stored));
    }
    return work.json(
        "acked", fmt::format(R"("connections":{},"per_frame":{},"size":{},"window":{})",
                             shape.connections, shape.per_frame, shape.value_size, shape.window));
}

}  // namespace bench
