#include "fanout/crowd.hpp"

#include <cerrno>
#include <stdexcept>

namespace bench {

namespace {

/// What fits a core's own cache.
constexpr std::size_t buffer_bytes = 256 << 10;

}  // namespace

Crowd::Crowd(const Address& server, std::size_t count) : tallies_(count), buffer_(buffer_bytes) {
    for (std::size_t i = 0; i < count; ++i) clients_.push_back(std::make_unique<Client>(server));
}

void Crowd::subscribe(const Dialect& dialect, Poller& poller) {
    if (const auto request = dialect.subscription(); !request.empty()) {
        say([&](std::size_t) -> const std::string& { return request; }, dialect.answer());
    }
    watch(poller);
}

void Crowd::watch(Poller& poller) {
    for (std::size_t i = 0; i < clients_.size(); ++i) poller.add(*clients_[i], i, false);
}

std::string_view Crowd::read(std::size_t number) {
    const auto got =
        recv(clients_[number]->descriptor(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got > 0) return {buffer_.data(), static_cast<std::size_t>(got)};
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    throw std::runtime_error("the server has closed a subscriber's connection");
}

std::uint64_t Crowd::frames() const {
    std::uint64_t frames = 0;
    for (const Tally& tally : tallies_) frames += tally.frames();
    return frames;
}

std::vector<std::uint64_t> Crowd::counts() const {
    std::vector<std::uint64_t> counts;
    for (const Tally& tally : tallies_) counts.push_back(tally.messages());
    return counts;
}

}  // namespace bench
