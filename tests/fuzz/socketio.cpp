// What must hold of any payload of Engine.IO, and of the messages in it as Socket.IO. The input's
// first byte says how it is read: 4 and 3 are the revisions' text, b is revision 3's binary form.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>

#include "engineio/payload.hpp"
#include "socketio/session.hpp"
#include "wire/escape.hpp"
#include "wire/json_check.hpp"

namespace {

using namespace gateway;
using engineio::Packet;
using engineio::Payload;
using engineio::PayloadReader;
using engineio::Revision;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

struct Kept {
    engineio::PacketType type;
    bool is_binary;
    std::string data;

    bool operator==(const Kept&) const = default;
};

/// The packets of a payload, or of what stands before it is malformed.
std::vector<Kept> read(Revision revision, Payload payload, bool& is_whole) {
    const std::size_t size = payload.body.size();
    PayloadReader reader(revision, std::move(payload));
    std::vector<Kept> packets;
    Packet packet;
    auto status = reader.next(packet);
    for (; status == PayloadReader::Status::packet; status = reader.next(packet)) {
        require(packet.is_binary || is_utf8(packet.data), "text is UTF-8");
        packets.push_back({packet.type, packet.is_binary, std::string(packet.data)});
        require(packets.size() <= size, "a packet takes at least a byte");
    }
    require(reader.next(packet) == status, "what is over stays over");
    is_whole = status == PayloadReader::Status::end;
    return packets;
}

struct Nowhere final : Connection {
    void send_text(std::string text) override {
        require(is_utf8(text), "what is sent as text is UTF-8");
        ++frames;
    }
    void send_binary(std::string) override { ++frames; }
    void send_shared(const std::shared_ptr<const SharedFrame>&) override {}
    void pause_reading() override {}
    void resume_reading() override {}
    void close(CloseCode) override { is_closed = true; }

    std::size_t frames = 0;
    bool is_closed = false;
};

/// Sends back what it receives, whose arguments must be JSON.
struct Echo final : socketio::Peer::Events {
    explicit Echo(socketio::Peer& peer) : peer(peer) {}

    void connected() override {}
    void received(const socketio::Event& event) override {
        std::string arguments;
        for (const std::string_view argument : event.arguments) {
            require(JsonCheck().is_json(argument), "an argument is JSON");
            arguments.append(arguments.empty() ? "" : ",").append(argument);
        }
        require(is_utf8(event.name), "a name is UTF-8");
        peer.emit(event.name, arguments, event.attachments);
        if (event.ack) peer.acknowledge(*event.ack, arguments);
    }
    void written(std::size_t) override {}
    void disconnected() override { require(++times_disconnected == 1, "one end"); }

    socketio::Peer& peer;
    int times_disconnected = 0;
};

void check_packet(std::string_view text) {
    const auto packet = socketio::parse_packet(text);
    // Such a payload is no JSON, and without a namespace before it reads as one.
    if (!packet || packet->payload.starts_with('/')) return;
    const std::string written = socketio::write_packet(*packet);
    require(socketio::parse_packet(written) == packet, "a packet is read as it is written");
}

void converse(Revision revision, const std::vector<Kept>& packets) {
    asio::io_context io;
    const socketio::Options options{.max_attachments = 2};
    socketio::Shard shard{.executor = io.get_executor(),
                          .options = options,
                          .accept = [](socketio::Peer& peer, const socketio::Peer::Request&) {
                              return std::make_shared<Echo>(peer);
                          }};
    Nowhere connection;
    socketio::Session session(shard, connection, {.revision = revision, .takes_binary = false});
    if (revision == Revision::v4) session.received_text("0");
    for (const Kept& packet : packets) {
        if (packet.type != engineio::PacketType::message) continue;
        if (packet.is_binary) {
            session.received_binary(packet.data);
        } else {
            check_packet(packet.data);
            session.received_text(packet.data);
        }
    }
    session.written(connection.frames);
    session.closed();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Revision revision = data[0] == '4' ? Revision::v4 : Revision::v3;
    Payload payload{.body = std::string(reinterpret_cast<const char*>(data) + 1, size - 1),
                    .is_binary = data[0] == 'b'};
    bool is_whole = false;
    const auto packets = read(revision, std::move(payload), is_whole);
    converse(revision, packets);

    if (!is_whole) return 0;
    std::vector<Packet> views;
    for (const Kept& kept : packets) views.push_back({kept.type, kept.is_binary, kept.data});
    const auto again =
        read(revision, engineio::write_payload({.revision = revision}, views), is_whole);
    require(is_whole && again == packets, "a payload is read as it is written");
    return 0;
}
