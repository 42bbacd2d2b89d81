#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "cluster/event_topic.hpp"
#include "cluster/inbox.hpp"
#include "cluster/lent_jobs.hpp"
#include "cluster/link.hpp"
#include "cluster/options.hpp"
#include "cluster/questions.hpp"
#include "cluster/roster.hpp"
#include "cluster/state.hpp"
#include "cluster/word.hpp"
#include "cluster/word_sender.hpp"
#include "filter/outline.hpp"
#include "gateway/alarm.hpp"
#include "gateway/node.hpp"
#include "nodes/presence.hpp"
#include "nodes/sender.hpp"
#include "services/event_bus.hpp"
#include "services/switchboard.hpp"

namespace gateway::cluster {

/// Makes one of the services of several nodes, by way of a broker.
///
/// A job stays where it was called. The workers of another node are one worker of a service here,
/// which is given jobs by words in that node's queue; there they are lent jobs of its switchboard.
/// What a node's workers can do stands in a topic that all read, as do events. A node that is
/// silent, or that this one cannot hear because the broker is away, has left: its jobs are others'.
///
/// Lives on its executor, the switchboard's; the first one to call is `start`, on any thread. That
/// executor must not run any more when it is destroyed: what is posted there leads to it.
class Cluster final : private Roster::Board, private WordSender {
public:
    /// Everything must outlive it. `events` is of the executor's thread.
    struct Around {
        asio::any_io_executor executor;
        Broker& broker;
        services::Switchboard& board;
        services::EventPost& events;
        const Node& node;
        const Options& options;
    };
    explicit Cluster(const Around& around);
    ~Cluster();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    /// The broker is started; the executor need not run yet.
    void start();

    /// Others give no more jobs to this node. Any thread.
    void drain();

    /// Tells the others that it goes, and calls `done`, on its executor, when the broker has their
    /// word, or was given a second to take it; at once where it is away. Any thread.
    void stop(std::function<void()> done);

    /// Takes this node's events to the others.
    [[nodiscard]] services::EventCarrier& events() { return events_; }

private:
    void take_leave(std::function<void()> done);
    using WorkerId = services::WorkerId;

    /// Another node.
    struct Peer {
        std::string queue;
        Link link{};
        bool is_present = false;   ///< It was heard of; else only it has said hello.
        bool wants_hello = false;  ///< The last one did not arrive.
        Timestamp since = 0;
    };

    enum class Trouble : std::uint8_t { topics, words, services };

    WorkerId join(const std::string& process, const std::string& service) override;
    void set_credit(WorkerId worker, unsigned credit) override;
    void part(WorkerId worker) override;
    void show(const services::Told& told) override;

    void prepare();
    void prepare_later(const Error& error);

    /// Unless it was the last that was said of this.
    void warn(Trouble about, std::string what);
    void read_all();
    void became_ready();

    void look();
    void appear(const nodes::Announcement& told);
    void vanish(const std::string& process);
    void clear(const std::string& process);
    void clear_silent(Timestamp now);
    void begin(const std::string& process, Peer& peer);
    void say_hello(const std::string& process, Peer& peer);
    void forget_common(const std::string& process);
    void open_if_met(const std::string& process);
    void begin_all_anew();

    void hear(std::string_view record);
    void hear_hello(const Word& word, Peer& peer, Link::Heard heard);
    void mind(const Word& word);
    std::optional<Error> send(const std::string& process, Word word) override;
    [[nodiscard]] bool reaches(const std::string& process) const override;
    [[nodiscard]] bool is_paused() const override { return is_paused_; }
    void send_failed(const std::string& process, std::uint64_t life, const Error& error);
    void settle(std::size_t bytes);

    void hear_worker(const std::string& process, const std::string& service, WorkerId worker,
                     services::WorkerWord word);
    void give(const std::string& process, services::Assignment job);

    void hear_told(services::Told told);
    [[nodiscard]] std::string topic(std::string_view of) const;

    asio::any_io_executor executor_;
    Broker& broker_;
    services::Switchboard& board_;
    const Node& node_;
    const Options& options_;
    std::string queue_;

    nodes::Sender sender_;
    nodes::Presence presence_;
    State state_;
    EventTopic events_;
    Roster roster_;
    LentJobs lent_;
    Questions questions_;
    Outline outline_;
    std::map<std::string, Peer> peers_;        ///< By their processes, and so the next.
    std::map<std::string, Timestamp> silent_;  ///< Told of, not heard of: since when.
    std::uint64_t last_life_ = 0;

    std::size_t unsettled_bytes_ = 0;  ///< Of words.
    bool is_paused_ = false;
    std::uint64_t last_send_ = 0;
    std::uint64_t sending_ = 0;       ///< The one that is under way; 0: none is.
    std::optional<Error> refused_{};  ///< Why the broker does not take that one.
    bool hears_ = false;              ///< The broker is there, as the log has it.
    bool has_met_ = false;            ///< The other nodes.
    bool is_stopping_ = false;
    unsigned not_ready_ = 3;             ///< Inbox, state and events.
    std::array<std::string, 3> said_{};  ///< Of each Trouble.

    Alarm retry_;
    std::unique_ptr<Inbox> inbox_;
};

}  // namespace gateway::cluster
