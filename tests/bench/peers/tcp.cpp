// The limit of fan-out: what comes in a WebSocket frame at /feed is written, in one frame and one
// write, to every other connection. It answers handshakes without looking and checks nothing.
// With the address of a Kafka as its argument, what comes at /feed/TOPIC goes there first, and is
// written as it comes back.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "load/frame.hpp"
#include "raw/consumer.hpp"
#include "raw/producer.hpp"

namespace bench {

namespace {

using Frame = std::shared_ptr<const std::string>;

struct Peer {
    int descriptor = -1;
    bool is_open = false;  ///< The handshake is done.
    bool is_feed = false;
    std::string received{};
    std::deque<Frame> waiting{};
    std::size_t written = 0;  ///< Of the first that waits.
};

/// The way through a topic of a Kafka, with librdkafka alone, each frame at once.
struct Detour {
    Detour(const std::string& brokers, const std::string& topic)
        : consumer(brokers, topic, 0, {{"fetch.wait.max.ms", "100"}}),
          producer(brokers, topic, "0", {}, {}) {}

    Consumer consumer;
    Producer producer;
};

constexpr std::string_view feed = "GET /feed";

[[noreturn]] void fail(const char* doing) {
    throw std::system_error(errno, std::generic_category(), doing);
}

class Broadcast {
public:
    /// `brokers`: the Kafka of the detour, or empty.
    explicit Broadcast(std::string brokers);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    void run();

private:
    void watch(int descriptor, std::uint32_t events, int what) const;
    void accept_all();
    void receive(Peer& peer);
    void take(Peer& peer);
    void shake_hands(Peer& peer);
    void open_detour(const std::string& topic);
    void come_back();
    void pass(Frame frame);
    void spread(const Frame& frame);
    void write(Peer& peer, const Frame& frame);
    void write_on(Peer& peer);
    void leave(Peer& peer);

    int poll_ = epoll_create1(EPOLL_CLOEXEC);
    int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    std::uint16_t port_ = 0;
    std::string brokers_;
    std::unique_ptr<Detour> detour_;
    std::unordered_map<int, std::unique_ptr<Peer>> peers_;
    std::vector<Peer*> subscribers_;
    std::vector<char> buffer_ = std::vector<char>(256 << 10);
};

Broadcast::Broadcast(std::string brokers) : brokers_(std::move(brokers)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener_, any, size) != 0 || listen(listener_, SOMAXCONN) != 0) fail("listening");
    if (getsockname(listener_, any, &size) != 0) fail("listening");
    port_ = ntohs(address.sin_port);
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
}

void Broadcast::watch(int descriptor, std::uint32_t events, int what) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    if (epoll_ctl(poll_, what, descriptor, &event) != 0) fail("epoll");
}

void Broadcast::run() {
    std::array<epoll_event, 256> events;
    while (true) {
        const int count = epoll_wait(poll_, events.data(), events.size(), -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.fd == listener_) {
                accept_all();
                continue;
            }
            if (detour_ && event.data.fd == detour_->consumer.descriptor()) {
                come_back();
                continue;
            }
            const auto found = peers_.find(event.data.fd);
            if (found == peers_.end()) continue;
            Peer& peer = *found->second;
            if ((event.events & EPOLLOUT) != 0) write_on(peer);
            if ((event.events & ~EPOLLOUT) != 0) receive(peer);
        }
    }
}

void Broadcast::accept_all() {
    while (true) {
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(descriptor, EPOLLIN, EPOLL_CTL_ADD);
        peers_.emplace(descriptor, std::make_unique<Peer>(Peer{.descriptor = descriptor}));
    }
}

void Broadcast::receive(Peer& peer) {
    const auto got = recv(peer.descriptor, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return leave(peer);
    peer.received.append(buffer_.data(), static_cast<std::size_t>(got));
    if (!peer.is_open) shake_hands(peer);
    if (peer.is_feed) take(peer);
}

void Broadcast::shake_hands(Peer& peer) {
    const auto end = peer.received.find("\r\n\r\n");
    if (end == std::string::npos) return;
    peer.is_open = true;
    peer.is_feed = peer.received.starts_with(feed);
    if (peer.is_feed && !brokers_.empty()) {
        const auto topic = feed.size() + 1;
        open_detour(peer.received.substr(topic, peer.received.find(' ', topic) - topic));
    }
    peer.received.erase(0, end + 4);
    if (!peer.is_feed) subscribers_.push_back(&peer);
    write(peer, std::make_shared<const std::string>("HTTP/1.1 101 Switching Protocols\r\n"
                                                    "Upgrade: websocket\r\n"
                                                    "Connection: Upgrade\r\n\r\n"));
}

void Broadcast::take(Peer& peer) {
    std::size_t at = 0;
    while (true) {
        const std::string_view bytes = std::string_view(peer.received).substr(at);
        if (bytes.size() < 2) break;
        std::array<char, 10> unmasked{};
        bytes.copy(unmasked.data(), unmasked.size());
        unmasked[1] = static_cast<char>(unmasked[1] & 0x7f);
        const auto head = read_head({unmasked.data(), std::min(bytes.size(), unmasked.size())});
        const std::size_t start = head.head_bytes + mask.size();
        if (head.head_bytes == 0 || bytes.size() < start + head.payload_bytes) break;
        std::string frame(unmasked.data(), head.head_bytes);
        frame += bytes.substr(start, head.payload_bytes);
        apply_mask(frame.data() + head.head_bytes, head.payload_bytes, 0);
        pass(std::make_shared<const std::string>(std::move(frame)));
        at += start + head.payload_bytes;
    }
    peer.received.erase(0, at);
}

void Broadcast::open_detour(const std::string& topic) {
    detour_ = std::make_unique<Detour>(brokers_, topic);
    watch(detour_->consumer.descriptor(), EPOLLIN, EPOLL_CTL_ADD);
}

void Broadcast::pass(Frame frame) {
    if (!detour_) return spread(frame);
    std::string value = *frame;
    while (!detour_->producer.produce(value)) detour_->producer.take_reports(1);
    detour_->producer.take_reports(0);
}

void Broadcast::come_back() {
    std::uint64_t count = 0;
    if (read(detour_->consumer.descriptor(), &count, sizeof count) < 0 && errno != EAGAIN) {
        fail("reading from Kafka");
    }
    while (detour_->consumer.take(0, [this](const char* data, std::size_t size) {
        spread(std::make_shared<const std::string>(data, size));
    }) > 0) {
    }
}

void Broadcast::spread(const Frame& frame) {
    for (Peer* peer : subscribers_) write(*peer, frame);
}

void Broadcast::write(Peer& peer, const Frame& frame) {
    if (peer.waiting.empty()) {
        const auto sent = send(peer.descriptor, frame->data(), frame->size(), MSG_NOSIGNAL);
        const auto written = sent < 0 ? 0 : static_cast<std::size_t>(sent);
        if (written == frame->size()) return;
        peer.written = written;
        watch(peer.descriptor, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    peer.waiting.push_back(frame);
}

void Broadcast::write_on(Peer& peer) {
    while (!peer.waiting.empty()) {
        const std::string& frame = *peer.waiting.front();
        const auto sent = send(peer.descriptor, frame.data() + peer.written,
                               frame.size() - peer.written, MSG_NOSIGNAL);
        if (sent < 0) return;
        peer.written += static_cast<std::size_t>(sent);
        if (peer.written < frame.size()) return;
        peer.waiting.pop_front();
        peer.written = 0;
    }
    watch(peer.descriptor, EPOLLIN, EPOLL_CTL_MOD);
}

void Broadcast::leave(Peer& peer) {
    std::erase(subscribers_, &peer);
    close(peer.descriptor);
    peers_.erase(peer.descriptor);
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
    try {
        rlimit limit{};
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        bench::Broadcast broadcast(argc > 1 ? argv[1] : "");
        fmt::print("ready websocket=ws://127.0.0.1:{}/\n", broadcast.port());
        std::fflush(stdout);
        broadcast.run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
