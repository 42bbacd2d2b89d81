#include <algorithm>
#include <memory>
#include <optional>
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

constexpr auto patience = 30s;

}  // namespace

std::string run_egress(const Target& target, const Shape& shape) {
    const auto place = find_place(target.brokers, shape.topic);
    const auto stored = place->stored();
    std::vector<std::string> groups;
    for (std::size_t i = 0; i < shape.connections; ++i) groups.push_back(place->next_group());

    std::vector<std::unique_ptr<Client>> clients;
    Poller poller;
    for (std::size_t i = 0; i < shape.connections; ++i) {
        clients.push_back(std::make_unique<Client>(target.address));
        poller.add(*clients.back(), i, false);
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        clients[i]->send(subscribe(place->name(), groups[i]));
    }

    std::optional<Work> work;
    Clock::time_point deadline = Clock::time_point::max();
    std::uint64_t messages = 0;
    std::uint64_t before = 0;  ///< Received while some were still joining.
    std::vector<bool> begun(clients.size(), false);
    std::size_t waiting = clients.size();
    const std::uint64_t all = stored * clients.size();
    while (messages < all && Clock::now() < deadline) {
        const auto until = std::min(Clock::now() + patience, deadline);
        const bool alive = poller.wait(until, [&](std::size_t index, bool, bool) {
            clients[index]->read([&](std::string_view frame) {
                const auto count = count_in(frame, R"("t":"notif")", shape.value_size);
                messages += count;
                if (count == 0 || begun[index]) return;
                begun[index] = true;
                if (--waiting > 0) return;
                work.emplace(target.server);
                deadline = Clock::now() + shape.duration;
                before = messages;
            });
        });
        if (!alive && Clock::now() < deadline) {
            throw std::runtime_error(fmt::format("{} notifications of {} came", messages, all));
        }
    }
    if (!work) throw std::runtime_error("the topic holds too little");
    work->end(messages - before);
    return work->json("egress", fmt::format(R"("connections":{},"size":{})", shape.connections,
                                            shape.value_size));
}

}  // namespace bench
