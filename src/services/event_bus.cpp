#include "services/event_bus.hpp"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "services/event_name.hpp"
#include "services/service_name.hpp"
#include "wire/push.hpp"

namespace gateway::services {

EventBus::EventBus(const DeskOptions& options, MakeSharedFrame make_frame,
                   std::size_t max_frame_bytes, Counters& counters)
    : options_(options),
      make_frame_(std::move(make_frame)),
      max_frame_bytes_(max_frame_bytes),
      counters_(counters) {}

EventPost::EventPost(EventBus& bus, asio::any_io_executor executor)
    : bus_(bus), executor_(std::move(executor)) {
    bus_.posts_.push_back(this);
}

ListenerId EventPost::add(Listener& listener) {
    const ListenerId id{++last_id_};
    all_.emplace(id, Known{&listener});
    return id;
}

void EventPost::remove(ListenerId listener) {
    unlisten(listener);
    all_.erase(listener);
}

std::optional<Error> EventPost::listen(ListenerId listener, Wanted wanted) {
    const DeskOptions& options = bus_.options_;
    if (!wanted.pattern.empty()) {
        if (auto refusal = refusal_of_pattern(wanted.pattern, options.event_names)) return refusal;
    }
    if (!wanted.service.empty() && !is_service_name(wanted.service)) return Errc::invalid_service;
    listeners_.add(listener, wanted);
    if (listeners_.count(listener) > options.max_listens) {
        listeners_.remove(listener, wanted);
        return Error(Errc::limit_reached,
                     fmt::format("a connection listens to {} names and patterns of events at most, "
                                 "by services.max_listens",
                                 options.max_listens));
    }
    note_listeners();
    return std::nullopt;
}

std::optional<Error> EventPost::unlisten(ListenerId listener, const Wanted& wanted) {
    if (!listeners_.remove(listener, wanted)) return Errc::not_subscribed;
    note_listeners();
    return std::nullopt;
}

void EventPost::unlisten(ListenerId listener) {
    listeners_.remove(listener);
    note_listeners();
}

void EventPost::note_listeners() { listens_ = !listeners_.empty(); }

bool EventPost::has_room(std::size_t bytes) const {
    return std::ranges::none_of(bus_.posts_, [&](const EventPost* post) {
        const std::size_t behind = post->behind_ + (post->listens_ ? bytes_ : 0);
        return behind > 0 && behind + bytes > bus_.options_.max_event_backlog_bytes;
    });
}

std::optional<Error> EventPost::emit(std::string_view service, std::string_view name,
                                     std::string_view data) {
    if (auto refusal = refusal_of_name(name, bus_.options_.event_names)) return refusal;
    if (!has_room(data.size())) {
        return Error(Errc::queue_full,
                     "events of services.max_event_backlog_bytes wait for a thread of this server");
    }
    if (bus_.carrier_) {
        Emitted event{std::string(service), std::string(name), std::string(data)};
        if (auto refusal = bus_.carrier_->refusal_of(event)) return refusal;
        carried_.push_back(std::move(event));
    }
    add(service, name, data);
    return std::nullopt;
}

void EventPost::receive(const Emitted& event) {
    if (!refusal_of_name(event.name, bus_.options_.event_names)) {
        add(event.service, event.name, event.data);
    }
}

void EventPost::add(std::string_view service, std::string_view name, std::string_view data) {
    const bool is_first = bundles_.empty() && open_.count == 0;
    if (open_.count > 0 && (open_.name != name || open_.service != service ||
                            text_.size() + data.size() > bus_.max_frame_bytes_)) {
        close_bundle();
    }
    if (open_.count == 0) {
        open_.service = service;
        open_.name = name;
    }
    const std::size_t before = text_.size();
    text_ += open_.count++ == 0 ? '[' : ',';
    std::optional<std::string_view> from;
    if (!service.empty()) from = service;
    append_event(text_, bus_.counters_.notification_ids++, name, from, data);
    bytes_ += text_.size() - before;
    if (is_first) asio::post(executor_, [this] { send(); });
}

void EventPost::close_bundle() {
    text_ += ']';
    open_.frame = bus_.make_frame_(std::exchange(text_, {}));
    bundles_.push_back(std::exchange(open_, {}));
}

void EventPost::send() {
    close_bundle();
    if (!carried_.empty()) bus_.carrier_->carry(std::exchange(carried_, {}));
    const auto bundles = std::make_shared<const Bundles>(std::exchange(bundles_, {}));
    const std::size_t bytes = std::exchange(bytes_, 0);
    for (EventPost* post : bus_.posts_) {
        if (!post->listens_) continue;
        post->behind_ += bytes;
        if (post == this) {
            receive(*bundles, bytes);
        } else {
            asio::post(post->executor_, [post, bundles, bytes] { post->receive(*bundles, bytes); });
        }
    }
}

void EventPost::receive(const Bundles& bundles, std::size_t bytes) {
    for (const Bundle& bundle : bundles) {
        listeners_.match(bundle.service, bundle.name, reached_);
        for (const ListenerId id : reached_) {
            Known& known = all_.at(id);
            if (!std::exchange(known.is_told, true)) told_.push_back(id);
            known.listener->events(bundle.frame, bundle.count);
        }
    }
    for (const ListenerId id : std::exchange(told_, {})) {
        const auto known = all_.find(id);
        if (known == all_.end()) continue;
        known->second.is_told = false;
        known->second.listener->heard();
    }
    behind_ -= bytes;
}

}  // namespace gateway::services
