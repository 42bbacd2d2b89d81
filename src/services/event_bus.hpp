#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "gateway/connection.hpp"
#include "gateway/counters.hpp"
#include "services/desk_options.hpp"
#include "services/listeners.hpp"

namespace gateway::services {

class EventPost;

/// An event on its way to other nodes, or from one.
struct Emitted {
    std::string service{};  ///< Empty: of none.
    std::string name{};
    std::string data{};  ///< JSON text.
};

/// Takes events to the other nodes. Any thread.
class EventCarrier {
public:
    /// Why it cannot take this one now: record_too_large, queue_full.
    [[nodiscard]] virtual std::optional<Error> refusal_of(const Emitted& event) const = 0;

    /// What one thread has emitted in one go, in this order.
    virtual void carry(std::vector<Emitted> events) = 0;

protected:
    ~EventCarrier() = default;
};

/// Carries events from every thread to every thread.
///
/// What is emitted in one go leaves together: neighbours of one name in a frame that all who
/// listen share, made once. Each thread knows its own listeners, and gets nothing while it has
/// none. Events of one thread are heard everywhere in the order they were emitted in.
class EventBus {
public:
    /// What is passed by reference must outlive it.
    EventBus(const DeskOptions& options, MakeSharedFrame make_frame, std::size_t max_frame_bytes,
             Counters& counters);
    EventBus(const EventBus&) = delete;
    EventBus& operator=(const EventBus&) = delete;

    /// From now on events of this node go there, too. Before the first one; it must outlive them.
    void set_carrier(EventCarrier& carrier) { carrier_ = &carrier; }

private:
    friend class EventPost;

    const DeskOptions& options_;
    MakeSharedFrame make_frame_;
    std::size_t max_frame_bytes_;
    Counters& counters_;
    EventCarrier* carrier_ = nullptr;
    std::vector<EventPost*> posts_;  ///< All there before the first event.
};

/// The bus as one thread has it. On that thread alone, but for the constructor.
class EventPost {
public:
    class Listener {
    public:
        /// A frame of so many events. What it leads to may wait until `heard`, which follows once
        /// after a number of frames.
        virtual void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) = 0;
        virtual void heard() = 0;

    protected:
        ~Listener() = default;
    };

    /// `bus` must outlive it, and it what the executors of all posts have still to run.
    EventPost(EventBus& bus, asio::any_io_executor executor);
    EventPost(const EventPost&) = delete;
    EventPost& operator=(const EventPost&) = delete;

    [[nodiscard]] ListenerId add(Listener& listener);
    void remove(ListenerId listener);

    /// Refused with invalid_event, invalid_service, limit_reached. Twice the same is once.
    [[nodiscard]] std::optional<Error> listen(ListenerId listener, Wanted wanted);

    /// Refused with not_subscribed.
    [[nodiscard]] std::optional<Error> unlisten(ListenerId listener, const Wanted& wanted);
    void unlisten(ListenerId listener);

    /// It is heard after the call has returned. Refused with invalid_event, with queue_full where a
    /// thread is behind, and as `EventCarrier::refusal_of` has it. `service` is empty for an event
    /// of no service; `data` is JSON.
    [[nodiscard]] std::optional<Error> emit(std::string_view service, std::string_view name,
                                            std::string_view data);

    /// What another node has emitted. Dropped where it could not be emitted here.
    void receive(const Emitted& event);

    /// Whether so many bytes of events would not be refused.
    [[nodiscard]] bool has_room(std::size_t bytes) const;

private:
    /// Events of one name.
    struct Bundle {
        std::string service;
        std::string name;
        std::shared_ptr<const SharedFrame> frame;
        std::size_t count = 0;
    };
    using Bundles = std::vector<Bundle>;

    struct Known {
        Listener* listener = nullptr;
        bool is_told = false;  ///< Something that it has not `heard` yet.
    };

    void add(std::string_view service, std::string_view name, std::string_view data);
    void close_bundle();
    void send();
    void receive(const Bundles& bundles, std::size_t bytes);
    void note_listeners();

    EventBus& bus_;
    asio::any_io_executor executor_;
    Listeners listeners_;
    std::unordered_map<ListenerId, Known> all_;
    std::uint64_t last_id_ = 0;
    std::vector<ListenerId> reached_;  ///< By one event, and by all of those that came together.
    std::vector<ListenerId> told_;

    Bundles bundles_;  ///< Emitted and not sent.
    Bundle open_;      ///< The last of them, while its frame is still `text_`.
    std::string text_;
    std::size_t bytes_ = 0;         ///< Of all of these.
    std::vector<Emitted> carried_;  ///< Of these what was emitted here.

    std::atomic<bool> listens_{false};
    std::atomic<std::size_t> behind_{0};  ///< Bytes on their way here.
};

}  // namespace gateway::services
