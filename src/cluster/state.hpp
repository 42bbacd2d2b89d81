#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "broker/broker.hpp"
#include "cluster/options.hpp"
#include "filter/outline.hpp"
#include "gateway/alarm.hpp"
#include "gateway/node.hpp"
#include "nodes/sender.hpp"
#include "nodes/topic_reader.hpp"
#include "services/switchboard.hpp"

namespace gateway::cluster {

/// What every node tells the others of its own workers, in a compacted topic that all read.
///
/// The last word on each service stands there; what the broker did not take is told again as it is
/// by then. On its executor, the switchboard's.
class State {
public:
    struct Around {
        const asio::any_io_executor& executor;
        Broker& broker;
        nodes::Sender& sender;
        services::Switchboard& board;
        const Node& node;
        const Options& options;
        std::string topic;
    };
    struct Ears {
        std::function<void(services::Told)> told;  ///< Of another node.
        std::function<void()> lost;                ///< Some of it was not heard.
        std::function<void()> ready;               ///< What there was has been heard. Once.
    };

    /// Everything must outlive it. The topic must exist before `read`.
    State(Around around, Ears ears);

    void read();

    /// From now on the workers of this node are told of.
    void begin();

    /// All of it, to whoever does not know it; several calls in a short time are one.
    void tell_again();

    /// Of one service, as if it had changed.
    void tell_again(const std::string& service);

    /// Of what was told last.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    /// Others are to give nothing more to this node.
    void drain();

    /// What a node that has left had told is not true any more.
    void clear(const std::string& process, const std::vector<std::string>& services);

    /// Says nothing more, after a word that this node has no workers if `says_so`.
    void stop(bool says_so);

private:
    void take_later();
    void take();
    void tell(const std::string& service, const services::Capacity& capacity);
    void fade(const std::string& service);
    void withdraw();
    void send(const std::string& service);
    void send_waiting();
    void send_now(const std::string& service);
    void sent(const std::string& service, std::size_t bytes, const Error* error);
    void hear(const Record& record);

    Around around_;
    Ears ears_;
    Outline outline_;
    std::map<std::string, services::Told> told_;  ///< What this node told last, by the service.
    std::set<std::string> returned_;              ///< Services of which it is to tell again,
    std::set<std::string> waiting_;               ///< and those that the broker is to be sent.
    std::set<std::string> fading_;                ///< Services without workers here lately,
    std::set<std::string> faded_;                 ///< and for a while.
    std::size_t unsettled_bytes_ = 0;
    std::uint64_t version_ = 0;
    bool is_sending_ = false;
    bool is_in_trouble_ = false;  ///< The broker has not taken the last one.
    bool is_draining_ = false;
    bool is_stopped_ = false;
    Alarm tell_;
    Alarm tell_again_;
    Alarm withdraw_;
    Alarm retry_;
    std::unique_ptr<nodes::TopicReader> reader_;
};

}  // namespace gateway::cluster
