#include <charconv>
#include <deque>
#include <functional>

#include <fmt/format.h>

#include "load/client.hpp"
#include "load/poller.hpp"
#include "services/runs.hpp"
#include "services/tally.hpp"

namespace bench {
namespace {

constexpr std::string_view hello = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

/// A client of NATS: what it gets is a stream, whatever frames it comes in.
class Nats {
public:
    using OnMessage = std::function<void(std::string_view head, std::string_view payload)>;

    explicit Nats(const Address& address) : client_(address) {}

    [[nodiscard]] int descriptor() const { return client_.descriptor(); }

    void send(std::string_view text) { client_.send(text); }

    void subscribe(std::string_view subject) {
        send(fmt::format("{}SUB {} 1\r\nPING\r\n", hello, subject));
        client_.await("PONG");
    }

    void read(const OnMessage& on_message) {
        client_.read([this](std::string_view bytes) { received_ += bytes; });
        std::size_t begin = 0;
        for (;;) {
            const std::string_view rest = std::string_view(received_).substr(begin);
            const std::size_t end = rest.find("\r\n");
            if (end == std::string_view::npos) break;
            const std::string_view head = rest.substr(0, end);
            if (!head.starts_with("MSG ")) {
                if (head.starts_with("PING")) send("PONG\r\n");
                begin += end + 2;
                continue;
            }
            std::size_t size = 0;
            const std::size_t number = head.rfind(' ') + 1;
            std::from_chars(head.data() + number, head.data() + head.size(), size);
            if (rest.size() < end + 2 + size + 2) break;
            on_message(head, rest.substr(end + 2, size));
            begin += end + 2 + size + 2;
        }
        received_.erase(0, begin);
    }

private:
    Client client_;
    std::string received_;
};

/// The subject that a request wants its answer at: MSG subject id reply size.
std::string_view reply_of(std::string_view head) {
    const std::size_t end = head.rfind(' ');
    const std::size_t begin = head.rfind(' ', end - 1) + 1;
    return head.substr(begin, end - begin);
}

struct Caller {
    Caller(const Address& address, std::string request_in)
        : nats(address), request(std::move(request_in)) {}

    Nats nats;
    std::string request;
    Clock::time_point asked{};

    void ask() {
        asked = Clock::now();
        nats.send(request);
    }
};

}  // namespace

std::string run_nats(const Jobs& jobs) {
    const std::string value = fmt::format("\"{}\"", std::string(jobs.value_size - 2, '.'));
    std::deque<Caller> callers;
    std::deque<Nats> workers;
    Poller poller;
    for (std::size_t i = 0; i < jobs.workers; ++i) {
        workers.emplace_back(jobs.address).subscribe("bench workers");
        poller.add(workers.back(), jobs.callers + i, false);
    }
    for (std::size_t i = 0; i < jobs.callers; ++i) {
        const std::string inbox = fmt::format("_INBOX.{}", i);
        callers.emplace_back(jobs.address,
                             fmt::format("PUB bench {} {}\r\n{}\r\n", inbox, value.size(), value));
        callers.back().nats.subscribe(inbox);
        poller.add(callers.back().nats, i, false);
        callers.back().ask();
    }
    Tally tally(jobs);
    while (tally.goes_on()) {
        poller.wait(Clock::now() + std::chrono::milliseconds(100), [&](std::size_t index, bool,
                                                                       bool) {
            if (index < jobs.callers) {
                Caller& caller = callers[index];
                return caller.nats.read([&](std::string_view, std::string_view) {
                    tally.answered(caller.asked);
                    caller.ask();
                });
            }
            Nats& worker = workers[index - jobs.callers];
            std::string answers;
            worker.read([&](std::string_view head, std::string_view) {
                answers += fmt::format("PUB {} {}\r\n{}\r\n", reply_of(head), value.size(), value);
            });
            if (!answers.empty()) worker.send(answers);
        });
    }
    return tally.json("nats");
}

}  // namespace bench
