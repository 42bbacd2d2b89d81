#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "fanout/dialect.hpp"
#include "fanout/tally.hpp"
#include "load/client.hpp"
#include "load/poller.hpp"

namespace bench {

/// Many subscribers of one server, read through one buffer by one thread.
class Crowd {
public:
    /// Connects them. They say nothing yet.
    Crowd(const Address& server, std::size_t count);

    /// Makes all of them subscribers, and waits until they are. What they receive from then on is
    /// told by the poller, under the numbers from 0.
    void subscribe(const Dialect& dialect, Poller& poller);

    /// The same for what each says, `said(number)`; `answer` is what the answers hold. If it is
    /// empty nothing is waited for.
    template <typename Said>
    void say(Said&& said, std::string_view answer) {
        for (std::size_t i = 0; i < clients_.size(); ++i) clients_[i]->send(said(i));
        if (answer.empty()) return;
        for (auto& client : clients_) client->await(answer);
    }

    void watch(Poller& poller);

    [[nodiscard]] std::size_t size() const { return clients_.size(); }
    [[nodiscard]] Client& client(std::size_t number) { return *clients_[number]; }

    /// Reads what one of them has, as far as the buffer reaches. Throws std::runtime_error if its
    /// connection has ended.
    [[nodiscard]] std::string_view read(std::size_t number);

    /// The same, counted.
    void count(std::size_t number, const Form& form) {
        received_ += tallies_[number].take(read(number), form);
    }

    [[nodiscard]] std::uint64_t received() const { return received_; }
    [[nodiscard]] std::uint64_t frames() const;

    /// What each has received until now.
    [[nodiscard]] std::vector<std::uint64_t> counts() const;

private:
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<Tally> tallies_;
    std::vector<char> buffer_;
    std::uint64_t received_ = 0;
};

}  // namespace bench
