#include "deliveries/round.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <asio/post.hpp>

#include "gateway/session.hpp"

namespace gateway::deliveries {

namespace {

using Errands = std::vector<Errand>;
using Outcomes = std::vector<Outcome>;

/// At one shard, on its thread.
Outcomes visit(Shard& shard, const Errands& errands) {
    std::unordered_set<Session*> touched;
    const auto hand = [&touched](Session& session, const Delivery& delivery) {
        if (!session.deliver(delivery)) return Errand::Fate::dropped;
        touched.insert(&session);
        return Errand::Fate::delivered;
    };
    const auto hand_to_all = [&hand](const std::vector<Session*>& sessions,
                                     const Delivery& delivery) {
        Outcome::Tally tally;
        for (Session* const session : sessions) {
            const bool is_taken = hand(*session, delivery) == Errand::Fate::delivered;
            ++(is_taken ? tally.delivered : tally.dropped);
        }
        return tally;
    };
    Outcomes outcomes;
    outcomes.reserve(errands.size());
    for (const Errand& errand : errands) {
        Outcome& outcome = outcomes.emplace_back();
        for (const std::uint64_t number : errand.numbers) {
            Session* const session = shard.sessions.find(number);
            outcome.fates.push_back(session ? hand(*session, errand.delivery)
                                            : Errand::Fate::unknown);
        }
        for (const std::string& user : errand.users) {
            outcome.users.push_back(hand_to_all(shard.sessions.of_user(user), errand.delivery));
        }
        if (errand.to_all) {
            outcome.all = hand_to_all(shard.sessions.connected(), errand.delivery);
        }
    }
    for (Session* const session : touched) session->delivered();
    return outcomes;
}

void merge(Outcomes& into, const Outcomes& from) {
    if (into.empty()) {
        into = from;
        return;
    }
    for (std::size_t i = 0; i < into.size(); ++i) {
        for (std::size_t k = 0; k < into[i].fates.size(); ++k) {
            into[i].fates[k] = std::max(into[i].fates[k], from[i].fates[k]);
        }
        for (std::size_t k = 0; k < into[i].users.size(); ++k) {
            into[i].users[k].add(from[i].users[k]);
        }
        into[i].all.add(from[i].all);
    }
}

/// What has come back. Touched on the asker's executor alone.
struct Gathering {
    std::size_t missing = 0;
    Outcomes outcomes{};
    std::function<void(const Outcomes&)> done;
};

}  // namespace

void go_round(std::span<Shard* const> shards, asio::any_io_executor executor,
              std::shared_ptr<const Errands> errands, std::function<void(const Outcomes&)> done) {
    const auto gathering =
        std::make_shared<Gathering>(Gathering{.missing = shards.size(), .done = std::move(done)});
    for (Shard* const shard : shards) {
        asio::post(shard->executor, [shard, executor, errands, gathering] {
            asio::post(executor, [gathering, outcomes = visit(*shard, *errands)] {
                merge(gathering->outcomes, outcomes);
                if (--gathering->missing == 0) gathering->done(gathering->outcomes);
            });
        });
    }
}

}  // namespace gateway::deliveries
