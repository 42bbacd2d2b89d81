// What must hold of any events of a client of Kasocki, straight from its socket. The input's lines
// are Socket.IO packets of the client; one that begins with > is the value of a record of topic
// "a".

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "gateway/shard.hpp"
#include "kasocki/door.hpp"
#include "kasocki/fake_broadcasts.hpp"
#include "kasocki/fake_broker.hpp"
#include "socketio/packet.hpp"
#include "socketio/session.hpp"
#include "wire/escape.hpp"
#include "wire/json_check.hpp"

namespace {

using namespace gateway;
using kasocki::FakeBroadcasts;
using kasocki::FakeBroker;
using socketio::PacketType;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// What the client is sent.
struct Watched final : Connection {
    void send_text(std::string text) override {
        ++frames;
        require(is_utf8(text), "what is sent is UTF-8");
        const auto packet = socketio::parse_packet(text);
        require(packet.has_value(), "what is sent is a packet");
        const std::string_view payload = packet->payload;
        require(payload.empty() || JsonCheck().is_json(payload), "what is sent is JSON");
        if (packet->type == PacketType::ack) {
            require(packet->id && asked[*packet->id]-- > 0, "one answer for what was asked for");
            require(is_answer(payload), "an answer has an error or a result");
        } else if (packet->type == PacketType::event) {
            check_event(payload);
        }
    }
    void send_binary(std::string) override { require(false, "nothing binary is sent"); }
    void send_shared(const std::shared_ptr<const SharedFrame>&) override {
        require(false, "nothing is shared");
    }
    void pause_reading() override { is_reading = false; }
    void resume_reading() override { is_reading = true; }
    void close(CloseCode) override { is_closed = true; }

    static bool is_answer(std::string_view payload) {
        return payload.starts_with("[null,") || payload.ends_with(",null]");
    }

    void check_event(std::string_view payload) {
        if (payload.starts_with(R"(["message",)")) {
            require(payload.starts_with(R"(["message",{)") && has(payload, R"("meta":{)"),
                    "a message is an object that says where it comes from");
        } else if (payload.starts_with(R"(["err",)")) {
            require(payload.starts_with(R"(["err",{"name":")") && has(payload, R"Q(Error","me)Q") &&
                        has(payload, R"("code":")"),
                    "an error has a name, a message and a code");
        } else {
            require(payload == R"(["ready",["a","b"]])", "a client is told the topics");
        }
    }

    static bool has(std::string_view text, std::string_view part) {
        return text.find(part) != text.npos;
    }

    std::map<std::uint64_t, int> asked;  ///< Acks.
    std::size_t frames = 0;
    bool is_reading = true;
    bool is_closed = false;
};

Brokers make_brokers() {
    auto broker = std::make_unique<FakeBroker>();
    broker->topics = {{"a", {{2, 5}, {0, 7}}}, {"b", {{0, 9}}}};
    std::vector<std::unique_ptr<Broker>> all;
    all.push_back(std::move(broker));
    return Brokers(std::move(all));
}

/// One client from its coming to its end.
class Scene {
public:
    Scene() { settle(); }
    ~Scene() {
        session_.closed();
        settle();
        require(broadcasts_.open_one == nullptr, "a client that is gone has no broadcast");
        require(door_.clients() == 0, "a client that is gone is gone");
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    void receive(std::string_view text) {
        if (connection_.is_closed || !connection_.is_reading) return;
        if (const auto packet = socketio::parse_packet(text)) {
            if (packet->type == PacketType::event && packet->id) ++connection_.asked[*packet->id];
        }
        session_.received_text(text);
        settle();
        const auto* const before = std::exchange(live_, broadcasts_.open_one);
        if (live_ == nullptr || live_ == before) return;
        live_->events.live({});
        settle();
    }

    void record(std::string_view value) {
        if (broadcasts_.open_one == nullptr || broadcasts_.open_one != live_) return;
        const Record record{.topic = "a", .offset = next_offset_, .timestamp = 1, .value = value};
        const auto taken = live_->events.records({&record, 1});
        require(taken <= 1, "no more is taken than there is");
        next_offset_ += static_cast<std::int64_t>(taken);
        settle();
    }

private:
    void settle() {
        io_.restart();
        io_.poll();
        if (!connection_.is_closed) session_.written(std::exchange(connection_.frames, 0));
    }

    asio::io_context io_;
    kasocki::Options options_;
    SessionOptions session_options_;
    Brokers brokers_ = make_brokers();
    Health health_{{.version = "1", .uptime = [] { return std::chrono::seconds(1); }}, brokers_};
    Counters counters_;
    FakeBroadcasts broadcasts_;
    Shard shard_{.executor = io_.get_executor(),
                 .options = session_options_,
                 .brokers = brokers_,
                 .health = health_,
                 .counters = counters_,
                 .broadcasts = &broadcasts_};
    kasocki::Door door_{shard_, options_};
    socketio::Options socketio_options_;
    socketio::Shard socketio_{
        .executor = io_.get_executor(),
        .options = socketio_options_,
        .accept = [this](socketio::Peer& peer, const socketio::Peer::Request& request) {
            return door_.accept(peer, request);
        }};
    Watched connection_;
    socketio::Session session_{
        socketio_, connection_, {.revision = engineio::Revision::v3, .takes_binary = false}};
    FakeBroadcasts::One* live_ = nullptr;
    std::int64_t next_offset_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    // The layers before a session see to that.
    if (!is_utf8(input)) return 0;
    Scene scene;
    while (!input.empty()) {
        const std::size_t end = std::min(input.find('\n'), input.size());
        const std::string_view line = input.substr(0, end);
        line.starts_with('>') ? scene.record(line.substr(1)) : scene.receive(line);
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    return 0;
}
