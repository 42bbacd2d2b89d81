#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "gateway/alarm.hpp"
#include "nodes/announcement.hpp"
#include "nodes/peers.hpp"
#include "nodes/sender.hpp"
#include "nodes/topic_reader.hpp"

namespace gateway::nodes {

/// Tells the other servers that this one is there, in a topic, and listens to them.
///
/// It reads the topic from its end; whoever hears of a server for the first time answers with an
/// announcement of its own, so that both know each other at once. While it does not hear itself,
/// the broker is away, and nobody is forgotten; that time does not count as silence. Lives on its
/// executor.
class Presence final {
public:
    struct Options {
        std::string topic;               ///< It exists.
        std::size_t max_nodes = 0;       ///< Others that are remembered.
        std::string name;                ///< Of the settings, as the log has it.
        std::function<void()> looked{};  ///< Called when the others may be other ones, and at least
                                         ///< once an interval. May be empty.
    };

    /// Everything passed by reference must outlive it. `self` is what this server tells.
    Presence(asio::any_io_executor executor, Broker& broker, Sender& sender, Announcement self,
             Options options);

    /// The topic is there. Calls `done` as soon as those that are there should have answered; in
    /// place of the former one, if that was not called yet.
    void meet(std::function<void()> done);

    /// Says farewell where the broker is up to hear it, and listens no more.
    void stop();

    [[nodiscard]] const Peers& peers() const { return peers_; }

    /// Whether it has heard itself lately: else the broker is away.
    [[nodiscard]] bool hears_itself(Timestamp now) const;
    void forget(std::string_view process) { peers_.forget(process); }

    /// This server first, then the others.
    [[nodiscard]] std::string list() const;

private:
    void listens();
    void met();
    void hear(const Record& record);
    void heard(const Announcement& told);
    void heard_itself();
    void announce();
    void beat();
    void look();

    asio::any_io_executor executor_;
    Broker& broker_;
    Sender& sender_;
    Announcement self_;
    Options options_;
    std::chrono::milliseconds interval_;
    Peers peers_;
    Timestamp heard_ = 0;  ///< When it heard itself last; 0: never.
    Alarm beat_;
    Alarm meeting_;
    std::function<void()> done_;
    bool has_met_ = false;
    bool has_warned_of_many_ = false;   ///< Servers that there are too many of,
    bool has_warned_of_names_ = false;  ///< and one that is named like this one.
    std::unique_ptr<TopicReader> reader_;
};

}  // namespace gateway::nodes
