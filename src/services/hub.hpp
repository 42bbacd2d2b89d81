#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "services/agenda.hpp"
#include "services/archive.hpp"
#include "services/effect.hpp"
#include "services/elsewhere.hpp"
#include "services/fair_queue.hpp"
#include "services/options.hpp"
#include "services/totals.hpp"
#include "services/watchers.hpp"

namespace gateway::services {

/// A service, as anyone may see it.
struct ServiceView {
    std::string name;
    std::size_t queued = 0;  ///< Jobs that no worker has.
    std::size_t queued_bytes = 0;
    std::chrono::milliseconds age{};  ///< Of the oldest of those.
    std::size_t working = 0;          ///< Jobs that a worker has.
    std::size_t workers = 0;          ///< Registered ones, of all nodes.
    std::size_t polls = 0;            ///< That wait for a job, of all nodes.
};

/// A service and those who are registered for it, or the first of them.
struct Roll {
    ServiceView service;
    std::vector<Member> members{};  ///< This node's first, in the order of their ids.
};

/// All that a hub holds, and what has happened at it.
struct Overview {
    ServiceView all;  ///< Every service as one, without a name.
    Totals totals;
};

/// What this node's own workers of a service can do at once.
struct Capacity {
    unsigned credit = 0;            ///< Of those that registered, and one for each of the others.
    std::size_t polls = 0;          ///< That wait for a job.
    std::size_t workers = 0;        ///< That are registered.
    std::vector<Member> members{};  ///< The first of those.
};

/// Brings calls together with those who answer them.
///
/// A call becomes a job of its service and waits in a fair queue; it goes to the worker that has
/// been free the longest, on a lease. If that ends, or the worker leaves, before there is an
/// answer, the job goes to another worker, before all others that wait. The first answer is the
/// job's, whoever gives it, and reaches everyone who waits for it.
///
/// A worker registers, and has at most as many jobs at once as its credit, or it polls, for what
/// there is now or else for one job, once. Other nodes, and services behind a broker, have workers,
/// too: a stand-in for them is one worker without a lease, which is given what this node's own
/// cannot take. What other nodes lend goes to this node's own alone, which take it in turn with the
/// rest.
///
/// Pure: it owns no clock, timer or thread. Every call takes the time, which must not go back, does
/// first what is due by then, and appends what is to be told to whom; wake it at `deadline()`. Not
/// thread-safe. Ids of calls, workers and watchers are given once.
class Hub {
public:
    using Ids = std::function<Uuid()>;

    /// `ids` gives each job its own.
    Hub(const Options& options, Ids ids);
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// The job that it became, or an earlier one's. Then `id` hears Finished once, unless it leaves
    /// before: in `out` already where an earlier job has ended, and with job_expired where it would
    /// not wait as long as that job does. Refused with invalid_service,
    /// queue_full (the service's, or of callers with this key), limit_reached (of all services),
    /// key_reused (for something else), draining. A job that is lent ends with job_abandoned where
    /// its worker has given it up, and with service_unavailable, begun by nobody, where there is no
    /// worker, or no longer.
    [[nodiscard]] Result<Uuid> call(CallId id, Call call, Time now, Effects& out);

    /// Nobody waits there any more. A job for which nobody does, and that is not kept, is
    /// cancelled; its worker is told why.
    void leave(CallId id, Time now, Effects& out, Errc why = Errc::job_cancelled);

    /// Ends the job with job_cancelled, for all that wait. Refused as an answer is.
    [[nodiscard]] std::optional<Error> cancel(const Uuid& job, Time now, Effects& out);

    /// Registers a worker; refused with invalid_service, limit_reached. Its credit is at least 1,
    /// but for a stand-in's.
    [[nodiscard]] std::optional<Error> join(Member member, Time now, Effects& out);

    /// The worker takes so many jobs at once from now on; it keeps those beyond.
    void set_credit(WorkerId worker, unsigned credit, Time now, Effects& out);

    /// Asks for up to `count` jobs, at least one: Assigned once, at the latest at `until`. Refused
    /// as joining is.
    [[nodiscard]] std::optional<Error> poll(WorkerId worker, const std::string& service,
                                            std::size_t count, Time until, Time now, Effects& out);

    /// The worker or poll is gone, and its jobs are other workers'. One that is not known is none.
    void part(WorkerId worker, Time now, Effects& out);

    /// Jobs that a poll was given did not reach the one who asked: they are as they were before.
    void give_back(const std::vector<Assignment>& jobs, Time now, Effects& out);

    /// The worker that registered has not begun the job, which was its by this attempt: it is as
    /// it was before.
    void give_back(const Uuid& job, WorkerId from, unsigned attempt, Time now, Effects& out);

    /// The same worker has begun it and will not answer: it is another's.
    void give_up(const Uuid& job, WorkerId from, unsigned attempt, Time now, Effects& out);

    /// What another node tells of its workers, in place of what it told before: those are shown and
    /// announced like this node's own. Work is given to them by their stand-in.
    void tell(Told told, Effects& out);

    /// A word before the last, which renews the job's lease. `from` is the worker, if it
    /// registered. Refused as an answer is, with job_expired where the lease is another's by now,
    /// and with job_not_found where another node has it.
    [[nodiscard]] std::optional<Error> progress(const Uuid& job, WorkerId from, Text body, Time now,
                                                Effects& out);

    /// Ends the job. `from` is the worker, if it registered; its place is free again, refused or
    /// not. Refused with job_answered, job_expired, job_cancelled, job_abandoned, job_not_found.
    [[nodiscard]] std::optional<Error> answer(const Uuid& job, WorkerId from, Answer answer,
                                              Time now, Effects& out);

    /// Announced comes for those who register for, and leave, `service`, or any service for "".
    void watch(WatcherId watcher, const std::string& service) { watchers_.add(watcher, service); }
    void unwatch(WatcherId watcher, const std::string& service) {
        watchers_.remove(watcher, service);
    }

    /// Whether a job waits where a worker has registered.
    [[nodiscard]] bool waits_for_workers() const;

    /// Whether the job has not ended.
    [[nodiscard]] bool is_open(const Uuid& job) const { return jobs_.contains(job); }

    /// Ends what is due.
    void advance(Time now, Effects& out);

    /// When `advance` has something to do; nothing if it has not.
    [[nodiscard]] std::optional<Time> deadline() const { return agenda_.next(); }

    /// From now on calls are refused with draining.
    void drain() { is_draining_ = true; }

    /// Ends all jobs with draining, and the polls. It drains from now on.
    void stop(Time now, Effects& out);

    [[nodiscard]] std::optional<JobView> find(const Uuid& job, Time now);
    [[nodiscard]] std::vector<ServiceView> services(Time now) const;  ///< By name.
    [[nodiscard]] std::optional<ServiceView> service(const std::string& name, Time now) const;

    /// Whether a worker that asks now gets a job.
    [[nodiscard]] bool has_jobs(const std::string& service) const;

    /// Of `service`, or of all by name for "", with up to so many members in all.
    [[nodiscard]] std::vector<Roll> rolls(const std::string& service, std::size_t most,
                                          Time now) const;

    /// With up to so many members.
    [[nodiscard]] Capacity capacity(const std::string& service, std::size_t most) const;

    /// From now on services whose capacity has changed are noted, each once until they are taken;
    /// first those that have any.
    void note_changes();
    [[nodiscard]] bool has_changes() const { return changes_ && !changes_->empty(); }
    [[nodiscard]] std::set<std::string> take_changes() { return std::exchange(*changes_, {}); }

    [[nodiscard]] std::size_t open_jobs() const { return jobs_.size(); }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    [[nodiscard]] Overview overview(Time now) const;

private:
    struct Service {
        FairQueue queue;
        FairQueue lent;  ///< Jobs of other nodes.
        bool is_turn_of_lent = false;
        std::list<WorkerId> free;  ///< Workers with room, the one that waits longest first,
        std::list<WorkerId> free_stand_ins;  ///< and stand-ins.
        std::set<WorkerId> members;
        unsigned credit = 0;  ///< Of those.
        std::size_t stand_ins = 0;
        std::size_t polls = 0;
        std::size_t polled = 0;  ///< Jobs that polls have taken.
        std::size_t working = 0;
        std::size_t working_lent = 0;  ///< Of those.

        [[nodiscard]] bool has_workers() const { return !members.empty() || polls + polled > 0; }
    };

    /// Somebody who waits for a job.
    struct Waiting {
        Uuid job;
        std::optional<Agenda::Entry> end{};  ///< Where it is before the job's.
    };

    struct Lease {
        WorkerId worker{};                 ///< None: a poll's, of which nothing is known any more.
        std::optional<Agenda::Entry> end;  ///< Until it is due; a stand-in's has none.
    };

    struct Job {
        Uuid id;
        Call call;
        Service* service;
        std::size_t bytes;
        Time since;
        Time deadline;
        std::optional<Agenda::Entry> deadline_entry;  ///< Until it is due.
        unsigned attempts = 0;
        std::vector<CallId> waiting{};
        std::optional<FairQueue::Place> place{};  ///< Where it is queued.
        std::optional<Lease> lease{};             ///< Where a worker has it.
    };

    struct Worker {
        Member member;
        Service* service;
        std::optional<Agenda::Entry> poll_end{};  ///< Of a poll.
        std::unordered_set<Uuid> jobs{};
        std::unordered_map<Uuid, Agenda::Entry> recalled{};
        std::optional<std::list<WorkerId>::iterator> place{};  ///< Among the free.
    };

    /// What a key stands for.
    struct Earlier {
        Uuid job;
        std::size_t fingerprint;
    };

    using Jobs = std::unordered_map<Uuid, Job>;
    using Workers = std::unordered_map<WorkerId, Worker>;
    using Services = std::unordered_map<std::string, Service>;

    void settle(const std::string& name, Time now, Effects& out);
    void close_if_idle(Services::iterator service);
    void return_lent(Service& service, Time now, Effects& out);
    [[nodiscard]] static FairQueue& queue_of(Service& service, const Call& call);
    void note(const std::string& service);
    [[nodiscard]] static ServiceView view_of(const std::string& name, const Service& service,
                                             Time now);
    [[nodiscard]] std::vector<Member> first_members(const Service& service, std::size_t most) const;

    [[nodiscard]] std::optional<Error> refusal_of(const Call& call) const;
    [[nodiscard]] std::optional<Error> worker_refusal(const std::string& service) const;
    [[nodiscard]] std::optional<Result<Uuid>> repeat(CallId id, const Call& call, Time now,
                                                     Effects& out);
    [[nodiscard]] Error refusal_of_answer(const Uuid& job, Time now);

    void queue_first(Job& job);
    [[nodiscard]] static FairQueue& turn_of(Service& service);
    [[nodiscard]] Assignment hand(Service& service, FairQueue& queue, WorkerId worker,
                                  bool is_stand_in, Time now);
    void assign(Service& service, FairQueue& queue, WorkerId worker, Time now, Effects& out);
    void deal(Service& service, Time now, Effects& out);
    void seat(WorkerId id, Worker& worker);
    void unseat(Worker& worker);

    void free_place(const Uuid& job, WorkerId worker, Time now, Effects& out);
    void end_lease(Job& job);
    static void uncount(Job& job);
    void retry(Jobs::iterator job, Time now, Effects& out);
    void end(Jobs::iterator job, Outcome outcome, Time now, Effects& out);
    void keep(Job& job, Outcome outcome, Time now);
    void recall(Job& job, Errc why, Effects& out);
    [[nodiscard]] Jobs::iterator find_leased(const Uuid& job, WorkerId worker, unsigned attempt);
    void end_poll(Workers::iterator worker, std::vector<Assignment> jobs, Effects& out);

    Jobs::iterator stop_waiting(CallId call);
    void due(const Agenda::Due& due, Time now, Effects& out);
    void lease_due(const Uuid& id, Time now, Effects& out);

    Options options_;
    Ids ids_;
    Agenda agenda_;
    Services services_;
    Jobs jobs_;
    Workers workers_;
    std::unordered_map<CallId, Waiting> calls_;
    std::unordered_map<std::string, Earlier> keys_;
    Watchers watchers_;
    Elsewhere elsewhere_;
    Archive kept_;    ///< With their answers.
    Archive recent_;  ///< Without.
    std::size_t bytes_ = 0;
    std::optional<std::set<std::string>> changes_;
    std::vector<std::string> unsettled_;  ///< Services to deal for, once what is due has ended.
    bool is_advancing_ = false;
    bool is_draining_ = false;
    bool is_stopped_ = false;
    Totals totals_;
};

}  // namespace gateway::services
