#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/elsewhere.hpp"

namespace gateway::cluster {

/// Which nodes have workers of which services, and which of them are given work: those that are
/// there, by what they told last. Pure.
class Roster {
public:
    /// Where nodes are workers.
    class Board {
    public:
        [[nodiscard]] virtual services::WorkerId join(const std::string& process,
                                                      const std::string& service) = 0;
        virtual void set_credit(services::WorkerId worker, unsigned credit) = 0;
        virtual void part(services::WorkerId worker) = 0;
        virtual void show(const services::Told& told) = 0;

    protected:
        ~Board() = default;
    };

    /// `board` must outlive it. Of all nodes' services it remembers `limit`.
    Roster(Board& board, std::size_t limit) : board_(board), limit_(limit) {}

    /// False where there are too many. A node without workers keeps its jobs until it answers,
    /// gives them back or leaves; what it has withdrawn is forgotten.
    bool tell(services::Told told);

    /// A node has given back a job: if this is as late as what it told last, nobody is free there.
    void tell_nobody_free(const std::string& process, const std::string& service,
                          std::uint64_t version);

    /// The node is there; it is not, and its jobs are others'. What it told is remembered.
    void open(const std::string& process);
    void close(const std::string& process);

    /// What it told is not true any more.
    void forget(const std::string& process);

    /// Those that have told something and are not open.
    [[nodiscard]] std::set<std::string> closed() const;

    /// Nobody is given anything, while it is so.
    void set_paused(bool is_paused);

    /// None where it is not there.
    [[nodiscard]] services::WorkerId worker(const std::string& process,
                                            const std::string& service) const;
    [[nodiscard]] std::vector<std::string> services_of(const std::string& process) const;

private:
    using Key = std::pair<std::string, std::string>;  ///< Process and service.
    struct Entry {
        services::Told told;
        std::optional<services::WorkerId> worker{};  ///< While it is open.
        unsigned credit = 0;                         ///< That the worker has.
    };
    using Entries = std::map<Key, Entry>;

    void update(Entry& entry);
    void end(Entry& entry);
    template <typename Do>
    void each_of(const std::string& process, Do what);

    Board& board_;
    std::size_t limit_;
    Entries entries_;
    std::set<std::string> open_;  ///< Processes.
    bool is_paused_ = false;
};

}  // namespace gateway::cluster
