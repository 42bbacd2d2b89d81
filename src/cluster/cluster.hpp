#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "cluster/inbox.hpp"
#include "cluster/link.hpp"
#include "cluster/options.hpp"
#include "cluster/roster.hpp"
#include "cluster/telling.hpp"
#include "cluster/topic_reader.hpp"
#include "cluster/word.hpp"
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
class Cluster final : public services::EventCarrier, private Roster::Board {
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

    [[nodiscard]] bool has_room() const override;
    void carry(std::vector<services::Emitted> events) override;

private:
    using Uuid = services::Uuid;
    using WorkerId = services::WorkerId;

    /// Another node.
    struct Peer {
        std::string queue;
        Link link{};
        bool is_present = false;   ///< It was heard of; else only it has said hello.
        bool wants_hello = false;  ///< The last one did not arrive.
        Timestamp since = 0;
    };

    /// A job that another node has lent.
    struct Lent {
        services::CallId call{};
        unsigned attempt = 1;
        std::string service;
    };
    using LentJobs = std::unordered_map<Uuid, Lent>;

    WorkerId join(const std::string& process, const std::string& service) override;
    void set_credit(WorkerId worker, unsigned credit) override;
    void part(WorkerId worker) override;
    void show(const services::Told& told) override;

    void prepare();
    void prepare_later(const Error& error);
    void read_all();
    void read_state();
    void read_events();
    void became_ready();

    void look();
    void appear(const nodes::Announcement& told);
    void vanish(const std::string& process);
    void begin(const std::string& process, Peer& peer);
    void say_hello(const std::string& process, Peer& peer);
    void forget_common(const std::string& process);
    void open_if_met(const std::string& process);

    void hear(std::string_view record);
    void hear_hello(const Word& word, Peer& peer, Link::Heard heard);
    void mind(const Word& word);
    void send(const std::string& process, Word word);
    void send_failed(const std::string& process, std::uint64_t life, const Error& error);
    void settle(std::size_t bytes);

    void hear_worker(const std::string& process, const std::string& service, WorkerId worker,
                     services::WorkerWord word);
    void give(const std::string& process, services::Assignment job);

    void take_job(const Word& word);
    void hear_lent(const std::string& home, const Uuid& job, unsigned attempt,
                   services::CallWord word);
    void return_job(const std::string& home, const Uuid& job, const Lent& lent, const Error& why);

    void tell_later();
    void tell();
    void tell(const std::string& service, const services::Capacity& capacity);
    void tell_again();
    void send_told(const services::Told& told);
    void hear_told(const Record& record);
    [[nodiscard]] bool hear_events(std::string_view record);

    void finish_stop();
    [[nodiscard]] std::string topic(std::string_view of) const;

    asio::any_io_executor executor_;
    Broker& broker_;
    services::Switchboard& board_;
    services::EventPost& events_;
    const Node& node_;
    const Options& options_;
    std::string queue_;

    nodes::Sender sender_;
    nodes::Presence presence_;
    Roster roster_;
    Outline outline_;
    std::map<std::string, Peer> peers_;  ///< By their processes, and so the next.
    std::map<std::string, LentJobs> lent_;
    std::uint64_t last_life_ = 0;

    std::map<std::string, services::Told> told_;  ///< What this node told last, by the service.
    std::set<std::string> returned_;              ///< Services of which it is to tell again.
    std::uint64_t version_ = 0;

    std::size_t unsettled_bytes_ = 0;  ///< Of words.
    std::atomic<std::size_t> event_bytes_{0};
    bool is_paused_ = false;
    bool hears_ = false;    ///< The broker is there, as the log has it;
    bool is_away_ = false;  ///< it was, and is not any more.
    bool is_draining_ = false;
    bool is_stopping_ = false;
    unsigned not_ready_ = 3;  ///< Inbox, state and events.
    std::string trouble_;
    std::function<void()> stopped_;

    Alarm retry_;
    Alarm tell_;
    Alarm tell_again_;
    Alarm events_wait_;
    std::unique_ptr<Inbox> inbox_;
    std::unique_ptr<TopicReader> state_reader_;
    std::unique_ptr<TopicReader> event_reader_;
};

}  // namespace gateway::cluster
