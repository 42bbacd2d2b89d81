#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "filter/filter.hpp"
#include "gateway/alarm.hpp"
#include "kasocki/catalog.hpp"
#include "kasocki/failure.hpp"
#include "kasocki/plan.hpp"
#include "kasocki/stream.hpp"
#include "kasocki/wanted.hpp"
#include "socketio/peer.hpp"

namespace gateway::kasocki {

class Door;

/// One client of Kasocki: protocol/kasocki.md.
///
/// What it asks for before it can be answered waits, in order. What leaves to it is bounded by
/// `websocket.max_buffered_bytes`: beyond it its records wait, and beyond twice as much its events
/// are not read.
class Client final : public socketio::Peer::Events,
                     public std::enable_shared_from_this<Client>,
                     private Stream::Owner {
public:
    /// Both must outlive it, the peer until its `disconnected`.
    Client(Door& door, socketio::Peer& peer);
    ~Client() override;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void connected() override;
    void received(const socketio::Event& event) override;
    void written(std::size_t count) override;
    void disconnected() override;

    /// Ends the connection; the client comes back.
    void close();

private:
    /// An event that the client has emitted.
    struct Asked {
        std::string_view name;  ///< Of a verb; it does not end.
        std::string argument;   ///< JSON.
        std::optional<std::uint64_t> ack{};
    };

    struct Verb;
    static const std::array<Verb, 6> verbs;

    /// A subscription that is not live yet.
    struct Subscribing {
        Asked asked;
        Wanted wanted;
        std::string answer{};
    };

    void perform(const Asked& asked);
    void subscribe(const Asked& asked);
    void filter(const Asked& asked);
    void consume(const Asked& asked);
    void start(const Asked& asked);
    void stop(const Asked& asked);
    void disconnect(const Asked& asked);

    void list();
    void listed(const Result<Topics>& topics);

    void choose(const Result<Topics>& topics);
    void open(Plan plan);
    void settle(const std::optional<Failure>& failure);

    void end();

    /// What waited while it was busy.
    void go_on();

    void stream_live() override;
    [[nodiscard]] bool takes_message() const override;
    void message(std::string_view json) override;
    void not_a_message(const Record& record) override;
    void stream_lost(const Lost& lost) override;
    void stream_failed(const Error& error) override;

    /// Why nothing can be consumed; nothing if it can.
    [[nodiscard]] std::optional<Failure> obstacle() const;
    [[nodiscard]] bool is_subscribed() const { return stream_ && !stream_->is_over(); }

    void answer(const Asked& asked, std::string_view result = "null");
    void refuse(const Asked& asked, const Failure& failure);
    void report(const Failure& failure);
    void emit(std::string_view name, std::string_view argument);
    void acknowledge(std::uint64_t ack, std::string_view arguments);
    void sent(std::size_t bytes);
    void update_reading();
    [[nodiscard]] std::size_t max_bytes() const;

    /// A callback that does nothing once the client is gone, or closing.
    template <typename Work>
    [[nodiscard]] auto guarded(Work work);

    Door& door_;
    socketio::Peer& peer_;
    Alarm again_;     ///< For the topics.
    Alarm deadline_;  ///< Of subscribing.
    std::unique_ptr<Stream> stream_;
    std::shared_ptr<const Filter> filter_;
    std::list<Asked> waiting_;  ///< Until it is no longer busy.
    std::size_t waiting_bytes_ = 0;
    std::optional<Subscribing> subscribing_;
    std::list<Asked> consumes_;
    std::deque<std::size_t> under_way_;  ///< Bytes of each packet that is not yet written.
    std::size_t under_way_bytes_ = 0;
    bool is_busy_ = true;  ///< It looks for the topics, or subscribes.
    bool is_running_ = false;
    bool is_closing_ = false;
    bool is_reading_ = true;
};

}  // namespace gateway::kasocki
