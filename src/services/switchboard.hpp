#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "services/far_jobs.hpp"
#include "services/hub.hpp"
#include "services/line.hpp"

namespace gateway::services {

/// The call became this job, or shares it.
struct Accepted {
    Uuid job;
};

/// A worker's word before its last.
struct Progress {
    Uuid job;
    Text body;
};

/// What a call hears: Accepted, if its job is kept; Progress; its Outcome, last and once.
using CallWord = std::variant<Accepted, Progress, Outcome>;

/// An answer to this job is no longer wanted; the worker's would be refused with `why`.
struct Recall {
    Uuid job;
    Errc why{};
};

/// The worker is registered.
struct Joined {};

/// What a worker that registers hears: an Error, first and last, if it is refused; otherwise
/// Joined, then jobs and recalls.
using WorkerWord = std::variant<Error, Joined, Assignment, Recall>;

/// What a poll hears, once: jobs, none when its time is over, or why it is refused.
using PollWord = Result<std::vector<Assignment>>;

/// A worker that has registered, or left.
struct Change {
    Member member;
    bool has_joined = false;
};

/// What a watcher hears: those there are, first; then each change.
using WatchWord = std::variant<std::vector<Roll>, Change>;

/// A Hub on an executor of its own, for doors on all threads: what HTTP and WebSockets, and bridges
/// to brokers, speak to. What doors say in turn on one thread is done in this order.
///
/// Any thread, but for the constructor and the destructor. It must outlive what its executor and
/// its lines' still have to run.
class Switchboard {
public:
    using Clock = std::function<Time()>;

    Switchboard(asio::any_io_executor executor, const Options& options, Clock clock);
    Switchboard(const Switchboard&) = delete;
    Switchboard& operator=(const Switchboard&) = delete;

    [[nodiscard]] const Options& options() const { return options_; }

    /// From now on other nodes answer for their jobs: those that polled there, and whoever asks.
    /// Before the first job; it must outlive the last.
    void set_far_jobs(FarJobs& jobs) { far_ = &jobs; }

    /// Hub::call. Whoever left before may still hear what was on its way.
    CallId call(Call call, Line<CallWord> line);
    void leave(CallId call, Errc why = Errc::job_cancelled);

    /// Hub::join, with an id of its own. `part` when it is gone: its jobs go to others.
    WorkerId join(Member member, Line<WorkerWord> line);
    void part(WorkerId worker);

    /// Hub::poll. One that is gone parts; jobs that come all the same it gives back, and also those
    /// that could not be sent.
    WorkerId poll(std::string service, std::size_t count, std::chrono::milliseconds timeout,
                  Line<PollWord> line);
    void give_back(std::vector<Assignment> jobs);

    /// Hub::set_credit, give_back and give_up, for a stand-in.
    void set_credit(WorkerId worker, unsigned credit);
    void give_back(const Uuid& job, WorkerId from, unsigned attempt);
    void give_up(const Uuid& job, WorkerId from, unsigned attempt);

    /// Hub::tell.
    void tell(Told told);

    /// From now on `changed` is called on the switchboard's executor when the capacity of services
    /// changes, and then not before `take_capacities`, which tells of all that have changed.
    void note_changes(std::function<void()> changed);
    /// Of each up to so many members.
    void take_capacities(std::size_t most,
                         Line<std::vector<std::pair<std::string, Capacity>>> line);

    /// Hub::answer, progress and cancel: nothing is heard where `line` has no `say`; otherwise
    /// nullopt where it was taken.
    void answer(const Uuid& job, WorkerId from, Answer answer, Line<std::optional<Error>> line);
    void progress(const Uuid& job, WorkerId from, Text body, Line<std::optional<Error>> line);
    void cancel(const Uuid& job, Line<std::optional<Error>> line);

    /// Who registers for `service`, or for any for "". The same `service` ends it. Those there are
    /// already come as Hub::rolls has them.
    WatcherId watch(std::string service, std::size_t most, Line<WatchWord> line);
    void unwatch(WatcherId watcher, std::string service);

    /// Refused with job_not_found.
    void find(const Uuid& job, Line<Result<JobView>> line);

    void services(Line<std::vector<ServiceView>> line);
    void has_jobs(std::string service, Line<bool> line);
    void rolls(std::string service, std::size_t most, Line<std::vector<Roll>> line);
    void overview(Line<Overview> line);

    /// Refuses calls from now on. On its executor `assigned` is called when no job waits for
    /// workers that have registered, and `done` when none is open.
    void drain(std::function<void()> assigned, std::function<void()> done);

    /// Ends all jobs and polls, and wakes no more.
    void stop();

private:
    template <typename Work>
    void enter(Work work);
    [[nodiscard]] FarJobs* home_of(const Uuid& job, bool must_ask);
    void deliver();
    void tell(Assigned& assigned);
    void tell(Recalled& recalled);
    void tell(Progressed& progressed);
    void tell(Finished& finished);
    void tell(Announced& announced);
    void set_timer(Time now);

    asio::any_io_executor executor_;
    Options options_;
    Clock clock_;
    std::atomic<std::uint64_t> last_id_{0};

    /// Of the executor's thread.
    FarJobs* far_ = nullptr;
    Hub hub_;
    Effects effects_;
    std::unordered_map<CallId, Line<CallWord>> calls_;
    std::unordered_map<WorkerId, Line<WorkerWord>> workers_;
    std::unordered_map<WorkerId, Line<PollWord>> polls_;
    std::unordered_map<WatcherId, Line<WatchWord>> watchers_;
    asio::steady_timer timer_;
    std::optional<Time> wakes_at_;
    std::function<void()> when_assigned_;
    std::function<void()> when_idle_;
    std::function<void()> changed_;
    bool is_changed_ = false;  ///< It has been called.
    bool is_stopped_ = false;
};

}  // namespace gateway::services
