#include "gateway/sessions.hpp"

#include <utility>

#include "gateway/session.hpp"
#include "gateway/shard.hpp"

namespace gateway {

Sessions::Sessions() = default;

Sessions::~Sessions() = default;

std::shared_ptr<Connection::Events> Sessions::accept(Shard& shard, Connection& connection,
                                                     const std::string& user) {
    return open(shard, connection, user);
}

std::shared_ptr<Session> Sessions::open(Shard& shard, Connection& connection,
                                        const std::string& user) {
    auto session = std::make_shared<Session>(shard, connection, ++shard.counters.connections, user);
    sessions_.emplace(session->number(), session);
    if (!user.empty()) by_user_[user].insert(session.get());
    if (is_draining_) session->drain();
    return session;
}

void Sessions::remove(Session& session) {
    const auto found = by_user_.find(session.user());
    if (found != by_user_.end()) {
        found->second.erase(&session);
        if (found->second.empty()) by_user_.erase(found);
    }
    sessions_.erase(session.number());
    if (is_draining_ && sessions_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void Sessions::drain(std::function<void()> done) {
    is_draining_ = true;
    drained_ = std::move(done);
    for (const auto& session : all()) session->drain();
    if (sessions_.empty() && drained_) std::exchange(drained_, nullptr)();
}

void Sessions::settle() {
    for (const auto& session : all()) session->settle();
}

// What is done with them may remove some.
std::vector<std::shared_ptr<Session>> Sessions::all() const {
    std::vector<std::shared_ptr<Session>> sessions;
    sessions.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) sessions.push_back(session);
    return sessions;
}

std::size_t Sessions::abandon() {
    std::size_t lost = 0;
    by_user_.clear();
    const auto sessions = std::exchange(sessions_, {});
    for (const auto& [key, session] : sessions) {
        lost += session->unsettled_sends();
        session->abandon();
    }
    return lost;
}

Session* Sessions::find(std::uint64_t number) const {
    const auto found = sessions_.find(number);
    if (found == sessions_.end() || !found->second->is_connected()) return nullptr;
    return found->second.get();
}

std::vector<Session*> Sessions::connected() const {
    std::vector<Session*> connected;
    connected.reserve(sessions_.size());
    for (const auto& [number, session] : sessions_) {
        if (session->is_connected()) connected.push_back(session.get());
    }
    return connected;
}

std::vector<Session*> Sessions::of_user(const std::string& user) const {
    std::vector<Session*> connected;
    const auto found = by_user_.find(user);
    if (found == by_user_.end()) return connected;
    for (Session* const session : found->second) {
        if (session->is_connected()) connected.push_back(session);
    }
    return connected;
}

std::size_t Sessions::connections() const { return sessions_.size() - lingering(); }

std::size_t Sessions::lingering() const {
    std::size_t count = 0;
    for (const auto& [key, session] : sessions_) count += session->is_connected() ? 0 : 1;
    return count;
}

std::vector<Sessions::Subscribed> Sessions::subscriptions() const {
    std::vector<Subscribed> subscriptions;
    for (const auto& [key, session] : sessions_) {
        std::vector<std::string> topics = session->subscriptions().topics();
        if (!topics.empty()) subscriptions.push_back({session->number(), std::move(topics)});
    }
    return subscriptions;
}

}  // namespace gateway
