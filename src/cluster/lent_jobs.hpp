#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include <asio/any_io_executor.hpp>

#include "cluster/state.hpp"
#include "cluster/word.hpp"
#include "cluster/word_sender.hpp"
#include "services/switchboard.hpp"

namespace gateway::cluster {

/// Jobs that other nodes have lent to this one: each is a call at its switchboard, and what that
/// hears goes home. On its executor, the switchboard's.
class LentJobs {
public:
    /// Everything must outlive it.
    LentJobs(const asio::any_io_executor& executor, services::Switchboard& board,
             WordSender& sender, State& state)
        : executor_(executor), board_(board), sender_(sender), state_(state) {}

    /// What a job word, and a recall, says.
    void take(const Word& word);
    void recall(const Word& word);

    /// Nothing that this node has lent is wanted any more.
    void forget(const std::string& home);

private:
    struct Lent {
        services::CallId call{};
        unsigned attempt = 1;
        std::string service;
    };
    using Jobs = std::unordered_map<services::Uuid, Lent>;

    void hear(const std::string& home, const services::Uuid& job, unsigned attempt,
              services::CallWord word);
    void give_back(const std::string& home, const services::Uuid& job, const Lent& lent,
                   const Error& why);

    const asio::any_io_executor& executor_;
    services::Switchboard& board_;
    WordSender& sender_;
    State& state_;
    std::map<std::string, Jobs> jobs_;  ///< By the node that has lent them.
};

}  // namespace gateway::cluster
