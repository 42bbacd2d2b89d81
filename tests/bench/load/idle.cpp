#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "load/client.hpp"
#include "load/runs.hpp"
#include "measure/process.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto settling = 2s;

}  // namespace

std::string run_idle(const Target& target, const Shape& shape) {
    const auto grown = [&, before = private_bytes_of(target.server)] {
        std::this_thread::sleep_for(settling);
        const auto after = private_bytes_of(target.server);
        return (static_cast<double>(after) - static_cast<double>(before)) /
               static_cast<double>(shape.connections);
    };
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < shape.connections; ++i) {
        clients.push_back(std::make_unique<Client>(target.address));
    }
    const double silent = grown();
    for (auto& client : clients) client->ask(R"({"id":1,"t":"health"})");
    const double used = grown();
    return fmt::format(
        R"({{"mode":"idle","connections":{},"bytes_each":{:.0f},"bytes_each_once_used":{:.0f}}})",
        shape.connections, silent, used);
}

}  // namespace bench
