#include "socketio/session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engineio/random_id.hpp"
#include "wire/escape.hpp"

namespace gateway::socketio {

class Session::Member final : public Peer {
public:
    Member(Session& session, std::uint64_t number, std::string_view name_space)
        : session(session), number(number), name_space(name_space) {}

    void emit(std::string_view name, std::string_view arguments, Attachments attachments) override {
        std::string payload = "[";
        payload.reserve(name.size() + arguments.size() + 8);
        append_string(payload, name);
        if (!arguments.empty()) payload += ',';
        payload.append(arguments) += ']';
        send(attachments.empty() ? PacketType::event : PacketType::binary_event, {}, payload,
             attachments);
    }

    void acknowledge(std::uint64_t ack, std::string_view arguments,
                     Attachments attachments) override {
        send(attachments.empty() ? PacketType::ack : PacketType::binary_ack, ack,
             fmt::format("[{}]", arguments), attachments);
    }

    void pause_reading() override {
        is_paused = true;
        session.update_reading();
    }
    void resume_reading() override {
        is_paused = false;
        session.update_reading();
    }

    void disconnect() override { session.disconnect(*this); }
    void close(CloseCode code) override { session.close(code); }

    Session& session;
    std::uint64_t number;
    std::string name_space;
    std::shared_ptr<Peer::Events> events;
    bool is_paused = false;
    bool is_leaving = false;

private:
    void send(PacketType type, std::optional<std::uint64_t> id, std::string_view payload,
              Attachments attachments) {
        if (is_leaving) return;
        session.send({.type = type,
                      .name_space = name_space,
                      .id = id,
                      .attachments = static_cast<std::uint32_t>(attachments.size()),
                      .payload = payload},
                     {.member = number}, attachments);
    }
};

Session::Session(Shard& shard, Connection& connection, engineio::Dialect dialect)
    : shard_(shard), connection_(connection), dialect_(dialect), connect_timeout_(shard.executor) {
    if (is_old()) {
        join("/", "{}");
    } else {
        await_connect();
    }
}

Session::~Session() = default;

void Session::await_connect() {
    connect_timeout_.set(shard_.options.connect_timeout,
                         [this] { close(CloseCode::policy_violation); });
}

Session::Member* Session::find(std::string_view name_space) const {
    const auto found =
        std::ranges::find_if(members_, [&](auto& m) { return m->name_space == name_space; });
    return found == members_.end() ? nullptr : found->get();
}

Session::Member* Session::find(std::uint64_t number) const {
    const auto found = std::ranges::find_if(members_, [&](auto& m) { return m->number == number; });
    return found == members_.end() ? nullptr : found->get();
}

void Session::received_text(std::string_view text) {
    if (is_closing_) return;
    const auto packet = parse_packet(text);
    if (!packet || incomplete_) return close(CloseCode::policy_violation);
    if (packet->attachments == 0) return received(*packet, {});
    incomplete_ = Incomplete{.text = std::string(text),
                             .missing = packet->attachments,
                             .is_dropped = packet->attachments > shard_.options.max_attachments,
                             .attachments = {}};
}

void Session::received_binary(std::string_view bytes) {
    if (is_closing_) return;
    if (!incomplete_) return close(CloseCode::policy_violation);
    if (!incomplete_->is_dropped) incomplete_->attachments.emplace_back(bytes);
    if (--incomplete_->missing > 0) return;
    const Incomplete complete = std::move(*incomplete_);
    incomplete_.reset();
    received(*parse_packet(complete.text), complete.attachments);
}

void Session::received(const Packet& packet, Attachments attachments) {
    if (packet.type == PacketType::connect) return connect(packet);
    Member* const member = find(packet.name_space);
    if (!member) {
        // Clients of Socket.IO 1 and 2 may not yet know that they were refused.
        if (!is_old()) close(CloseCode::policy_violation);
        return;
    }
    switch (packet.type) {
        case PacketType::event:
        case PacketType::binary_event:
            return received_event(*member, packet, attachments);
        case PacketType::ack:
        case PacketType::binary_ack:
            return;  // We never ask for one.
        case PacketType::disconnect:
            return leave(*member);
        case PacketType::connect:
        case PacketType::connect_error:
            return close(CloseCode::policy_violation);
    }
}

void Session::connect(const Packet& packet) {
    const std::string_view auth = packet.payload.empty() ? "{}" : packet.payload;
    if (!auth.starts_with('{') || !shard_.json_check.is_json(auth)) {
        return close(CloseCode::policy_violation);
    }
    // What follows a question mark is what clients of Socket.IO 1 and 2 have for an auth.
    join(packet.name_space.substr(0, packet.name_space.find('?')), auth);
}

void Session::join(std::string_view name_space, std::string_view auth) {
    if (find(name_space)) return;
    auto member = std::make_unique<Member>(*this, ++members_made_, name_space);
    Member& joined = *member;
    joined.events = shard_.accept(joined, {.name_space = name_space, .auth = auth});
    if (!joined.events) {
        return send({.type = PacketType::connect_error,
                     .name_space = name_space,
                     .payload = is_old() ? R"("Invalid namespace")"
                                         : R"({"message":"Invalid namespace"})"});
    }
    members_.push_back(std::move(member));
    connect_timeout_.cancel();
    const std::string answer =
        is_old() ? "" : fmt::format(R"({{"sid":"{}"}})", engineio::random_id());
    send({.type = PacketType::connect, .name_space = name_space, .payload = answer});
    joined.events->connected();
}

void Session::leave(Member& member) {
    const auto found = std::ranges::find_if(members_, [&](auto& m) { return m.get() == &member; });
    const std::unique_ptr<Member> left = std::move(*found);
    members_.erase(found);
    if (members_.empty()) await_connect();
    left->events->disconnected();
    update_reading();
}

void Session::received_event(Member& member, const Packet& packet, Attachments attachments) {
    const auto* elements = shard_.json_array.read(packet.payload);
    const auto name = elements && !elements->empty() ? string_of(elements->front()) : std::nullopt;
    if (!name) return close(CloseCode::policy_violation);
    if (member.is_leaving) return;
    member.events->received({.name = *name,
                             .arguments = std::span(*elements).subspan(1),
                             .ack = packet.id,
                             .is_binary = packet.type == PacketType::binary_event,
                             .attachments = attachments});
}

void Session::send(const Packet& packet, Sent sent, Attachments attachments) {
    sent.frames += attachments.size();
    sent_.push_back(sent);
    if (is_old() && !dialect_.takes_binary) {
        // See write_payload: it may be a client of Socket.IO 1 or of 2.
        const std::string payload = to_ascii(packet.payload);
        Packet ascii = packet;
        ascii.payload = payload;
        connection_.send_text(write_packet(ascii));
    } else {
        connection_.send_text(write_packet(packet));
    }
    for (const std::string& attachment : attachments) connection_.send_binary(attachment);
}

void Session::disconnect(Member& member) {
    if (std::exchange(member.is_leaving, true)) return;
    send({.type = PacketType::disconnect, .name_space = member.name_space},
         {.member = member.number, .is_last = true}, {});
}

void Session::written(std::size_t frames) {
    std::uint64_t whom = 0;
    std::size_t count = 0;
    const auto tell = [&] {
        if (Member* const member = find(whom)) member->events->written(count);
        count = 0;
    };
    while (frames > 0) {
        Sent& oldest = sent_.front();
        const std::size_t taken = std::min(frames, oldest.frames);
        frames -= taken;
        oldest.frames -= taken;
        if (oldest.frames > 0) break;
        const Sent sent = oldest;
        sent_.pop_front();
        if (count > 0 && (sent.member != whom || sent.is_last)) tell();
        whom = sent.member;
        if (!sent.is_last) {
            ++count;
        } else if (Member* const member = find(whom)) {
            leave(*member);
        }
    }
    if (count > 0) tell();
}

void Session::closed() {
    connect_timeout_.cancel();
    const auto members = std::exchange(members_, {});
    for (const auto& member : members) member->events->disconnected();
}

void Session::close(CloseCode code) {
    if (std::exchange(is_closing_, true)) return;
    connect_timeout_.cancel();
    connection_.close(code);
}

void Session::update_reading() {
    if (std::ranges::any_of(members_, [](const auto& member) { return member->is_paused; })) {
        connection_.pause_reading();
    } else {
        connection_.resume_reading();
    }
}

}  // namespace gateway::socketio
