#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <asio/any_io_executor.hpp>

#include "gateway/counters.hpp"
#include "gateway/node.hpp"
#include "gateway/services.hpp"
#include "services/desk_options.hpp"
#include "services/event_bus.hpp"
#include "services/held_jobs.hpp"
#include "services/switchboard.hpp"

namespace gateway::services {

/// What the desks of one shard share.
struct DeskShard {
    asio::any_io_executor executor;
    const DeskOptions& options;
    Switchboard& switchboard;
    EventPost& events;
    Counters& counters;
    const Node& node;
    bool keeps_workers = true;  ///< There may be work for those that are free.
};

/// The part that one connection has in the hub and in the events.
///
/// What it registered, called, watches and listens to ends with it: its jobs go to other workers,
/// and what it called is cancelled.
class Desk final : public ServiceDesk, private EventPost::Listener {
public:
    /// Both must outlive it.
    Desk(DeskShard& shard, Owner& owner, std::string client);
    ~Desk() override;
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    std::optional<Error> join(const Asked& asked, const Register& wanted) override;
    std::optional<Error> leave(const Unregister& which) override;

    void list(const Asked& asked, const ListServices& which) override;
    std::optional<Error> watch(const Asked& asked, const Watch& which) override;
    std::optional<Error> unwatch(const Unwatch& which) override;

    std::optional<Error> call(const Asked& asked, const Command& command) override;
    std::optional<Error> cancel(const CancelCommand& which) override;
    [[nodiscard]] bool holds(const CommandReply& reply) const override;
    std::optional<Error> reply(const Asked& asked, const CommandReply& reply) override;
    std::optional<Error> progress(const Asked& asked, const CommandReply& progress) override;

    std::optional<Error> emit(const Emit& event) override;
    std::optional<Error> listen(const Listen& what) override;
    std::optional<Error> unlisten(const Unlisten& what) override;

    [[nodiscard]] bool is_idle() const override;

private:
    /// What tells the words for one of them from those for an earlier one.
    using Token = std::uint64_t;

    /// A service that the connection works for.
    struct Worker {
        WorkerId id{};
        Token token = 0;
        std::size_t credit = 1;
    };

    struct Watching {
        WatcherId id{};
        Token token = 0;
    };

    struct Calling {
        CallId id{};
        Asked asked;
        bool wants_progress = false;
    };

    void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) override;
    void heard() override;

    /// The way back from the switchboard: `hear(desk, word)`, unless the desk is gone.
    template <typename Word, typename Hear>
    [[nodiscard]] Line<Word> line(Hear hear);

    /// Answers `asked` once what it asks for is done or refused.
    [[nodiscard]] Line<std::optional<Error>> line_to(const Asked& asked);

    void hear_worker(const std::string& service, Token token, const Asked& asked, WorkerWord word);
    void hear_call(Token token, CallWord word);
    void part(const Worker& worker);
    void request(const Worker& worker, const Assignment& job);
    void recall(const Recall& recall);
    void announce(const Change& change);
    [[nodiscard]] std::string name_of(const Member& member) const;

    /// The JSON of services that have workers, and of those.
    [[nodiscard]] std::string members_of(const std::vector<Roll>& rolls) const;

    /// The JSON of all services, their workers, and how they are.
    [[nodiscard]] std::string list_of(const std::vector<Roll>& rolls) const;
    void append_members(std::string& out, const Roll& roll) const;

    DeskShard& shard_;
    Owner& owner_;
    std::string client_;
    std::map<std::string, Worker, std::less<>> workers_;  ///< By their service.
    HeldJobs jobs_;
    std::unordered_map<Token, Calling> calls_;
    Token last_token_ = 0;
    std::map<std::string, Watching, std::less<>> watches_;  ///< By the service; "" for any.
    std::optional<ListenerId> listener_;                    ///< Once it listens.
    std::shared_ptr<Desk*> self_;                           ///< What lines hold weakly.
};

/// Opens the desks of one shard.
class Desks final : public Services {
public:
    explicit Desks(DeskShard shard) : shard_(std::move(shard)) {}

    std::unique_ptr<ServiceDesk> open(ServiceDesk::Owner& owner, std::string client) override {
        return std::make_unique<Desk>(shard_, owner, std::move(client));
    }

    /// There is no more work for workers that are free: they may go.
    void release_workers() { shard_.keeps_workers = false; }

    void report(asio::any_io_executor executor, std::function<void(std::string)> done) override;

private:
    DeskShard shard_;
};

}  // namespace gateway::services
