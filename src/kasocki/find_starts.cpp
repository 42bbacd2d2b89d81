#include "kasocki/find_starts.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace gateway::kasocki {

namespace {

using Partition = std::pair<std::string, std::int32_t>;

/// Its answers keep it alive.
class Search : public std::enable_shared_from_this<Search> {
public:
    Search(Broker& broker, asio::any_io_executor executor, std::chrono::milliseconds timeout,
           std::vector<Assignment> assignments, OnStarts done)
        : broker_(broker),
          executor_(std::move(executor)),
          timeout_(timeout),
          assignments_(std::move(assignments)),
          done_(std::move(done)) {}

    void begin() {
        locate(FromLatest{}, [](Search& self, const std::vector<Located>& located) {
            for (const Located& each : located) {
                self.starts_[{each.topic, each.partition}] = each.latest;
            }
            self.assign(located);
        });
    }

private:
    using Keep = std::function<void(Search& self, const std::vector<Located>& located)>;

    void locate(const Start& start, Keep keep) {
        std::vector<std::string> topics =
            Wanted{.topics = {}, .assignments = assignments_}.all_topics();
        broker_.locate(executor_, std::move(topics), start, timeout_,
                       [self = shared_from_this(), keep = std::move(keep)](const auto& located) {
                           if (!located) return self->done_(located.error());
                           keep(*self, *located);
                       });
    }

    void assign(const std::vector<Located>& located) {
        std::map<Partition, std::int64_t> beginnings;
        for (const Located& each : located) {
            beginnings[{each.topic, each.partition}] = each.earliest;
        }
        for (const Assignment& each : assignments_) {
            const Partition partition(each.topic, each.partition);
            const auto start = starts_.find(partition);
            if (start == starts_.end()) {
                return done_(Error(Errc::partition_not_found,
                                   fmt::format("\"{}\" has no partition {}",
                                               each.topic.substr(0, 64), each.partition)));
            }
            if (const auto* since = std::get_if<Assignment::Since>(&each.from)) {
                times_[since->at].push_back(partition);
                continue;
            }
            const std::int64_t offset = std::get<std::int64_t>(each.from);
            if (offset == Assignment::earliest) start->second = beginnings[partition];
            if (offset >= 0) start->second = offset;
        }
        look_for_times();
    }

    void look_for_times() {
        if (times_.empty()) return finish();
        const auto time = times_.extract(times_.begin());
        locate(FromTime{time.key()},
               [partitions = time.mapped()](Search& self, const std::vector<Located>& located) {
                   for (const Located& each : located) {
                       const Partition partition(each.topic, each.partition);
                       if (std::ranges::find(partitions, partition) == partitions.end()) continue;
                       self.starts_[partition] = each.start;
                   }
                   self.look_for_times();
               });
    }

    void finish() {
        Cursor cursor;
        for (const auto& [partition, offset] : starts_) {
            cursor.push_back({partition.first, partition.second, offset});
        }
        done_(cursor);
    }

    Broker& broker_;
    asio::any_io_executor executor_;
    std::chrono::milliseconds timeout_;
    std::vector<Assignment> assignments_;
    OnStarts done_;
    std::map<Partition, std::int64_t> starts_;
    std::map<Timestamp, std::vector<Partition>> times_;  ///< Not looked for yet.
};

}  // namespace

void find_starts(Broker& broker, asio::any_io_executor executor, std::chrono::milliseconds timeout,
                 std::vector<Assignment> assignments, OnStarts done) {
    std::make_shared<Search>(broker, std::move(executor), timeout, std::move(assignments),
                             std::move(done))
        ->begin();
}

}  // namespace gateway::kasocki
