#include "kafka/topic_cache.hpp"

#include <utility>

namespace gateway::kafka {

rd_kafka_topic_t* TopicCache::open(std::string_view name) {
    if (last_ != nullptr && name == last_name_) return last_;

    auto found = topics_.find(name);
    if (found == topics_.end()) {
        std::string text(name);
        Topic topic(rd_kafka_topic_new(handle_, text.c_str(), nullptr));
        if (!topic) return nullptr;
        if (topics_.size() >= limit_) {
            topics_.erase(ages_.front());
            ages_.pop_front();
        }
        ages_.push_back(text);
        found = topics_.emplace(std::move(text), std::move(topic)).first;
    }
    last_name_ = found->first;
    last_ = found->second.get();
    return last_;
}

}  // namespace gateway::kafka
