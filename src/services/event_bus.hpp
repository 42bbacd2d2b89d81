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

private:
    friend class EventPost;

    const DeskOptions& options_;
    MakeSharedFrame make_frame_;
    std::size_t max_frame_bytes_;
    Counters& counters_;
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

    /// It is heard after the call has returned. Refused with invalid_event, and with queue_full
    /// where a thread is behind. `service` is empty for an event of no service; `data` is JSON.
    [[nodiscard]] std::optional<Error> emit(std::string_view service, std::string_view name,
                                            std::string_view data);

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
    std::size_t bytes_ = 0;  ///< Of all of these.

    std::atomic<bool> listens_{false};
    std::atomic<std::size_t> behind_{0};  ///< Bytes on their way here.
};

}  // namespace gateway::services
