#include "kasocki/catalog.hpp"

#include <algorithm>
#include <utility>

#include "wire/escape.hpp"

namespace gateway::kasocki {

Topics::Topics(const std::vector<TopicPartition>& listed, const std::vector<std::string>& allowed,
               const OwnTopics& own) {
    for (const TopicPartition& each : listed) {
        if (own.has(each.topic)) continue;
        if (!allowed.empty() && std::ranges::find(allowed, each.topic) == allowed.end()) continue;
        topics_[each.topic].push_back(each.partition);
    }
}

const std::vector<std::int32_t>* Topics::partitions(std::string_view topic) const {
    const auto found = topics_.find(topic);
    return found == topics_.end() ? nullptr : &found->second;
}

std::string Topics::to_json() const {
    std::string json = "[";
    for (const auto& [topic, partitions] : topics_) {
        if (json.size() > 1) json += ',';
        append_string(json, topic);
    }
    json += ']';
    return json;
}

Catalog::Catalog(const Brokers& brokers, asio::any_io_executor executor,
                 std::chrono::milliseconds timeout, const std::vector<std::string>& allowed)
    : brokers_(brokers),
      executor_(std::move(executor)),
      timeout_(timeout),
      allowed_(allowed),
      self_(std::make_shared<Catalog*>(this)) {}

void Catalog::list(OnListed done) {
    waiting_.push_back(std::move(done));
    if (asked_.empty()) ask();
}

void Catalog::ask() {
    asked_ = std::exchange(waiting_, {});
    brokers_.standard().list_topics(executor_, timeout_,
                                    [weak = std::weak_ptr(self_)](const auto& partitions) {
                                        if (const auto self = weak.lock())
                                            (*self)->listed(partitions);
                                    });
}

void Catalog::listed(const Result<std::vector<TopicPartition>>& partitions) {
    const auto asked = std::exchange(asked_, {});
    if (!waiting_.empty()) ask();
    const OwnTopics& own = brokers_.own(brokers_.standard());
    const Result<Topics> topics = partitions ? Result<Topics>(Topics(*partitions, allowed_, own))
                                             : Result<Topics>(partitions.error());
    for (const OnListed& done : asked) done(topics);
}

}  // namespace gateway::kasocki
