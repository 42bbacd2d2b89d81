#include "fanout/scripted_broker.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace gateway::fanout {

class ScriptedBroker::Reader final : public PartitionReader {
public:
    Reader(ScriptedBroker& broker, PartitionReader::Events& events)
        : broker_(broker), events_(events) {
        broker_.readers_.push_back(this);
    }
    ~Reader() override {
        assert(!is_inside_);
        std::erase(broker_.readers_, this);
    }

    void add(std::span<const Position> positions) override {
        for (const Position& each : positions) {
            places_[{each.topic, each.partition}] = {each.offset, false};
        }
    }

    void drop(std::span<const TopicPartition> partitions) override {
        for (const TopicPartition& each : partitions) places_.erase(each);
    }

    void resume() override { is_stopped_ = false; }

    bool step(std::size_t limit) {
        if (is_stopped_) return false;
        is_inside_ = true;
        const bool did = find_lost_or_gone() || hand_over(limit) || tell_end();
        is_inside_ = false;
        return did;
    }

private:
    struct Place {
        std::int64_t offset = 0;
        bool has_told_end = false;
    };

    Partition* partition(const TopicPartition& at) {
        const auto topic = broker_.topics_.find(at.topic);
        if (topic == broker_.topics_.end()) return nullptr;
        return &topic->second.at(static_cast<std::size_t>(at.partition));
    }

    bool find_lost_or_gone() {
        for (auto& [at, place] : places_) {
            Partition* from = partition(at);
            const auto refused = broker_.unreadable.find(at.topic);
            if (from && refused != broker_.unreadable.end()) {
                const TopicPartition gone = at;
                places_.erase(at);
                events_.ended(gone, refused->second);
                return true;
            }
            if (!from || place.offset > from->next) {
                const TopicPartition gone = at;
                places_.erase(at);
                events_.ended(gone, from ? Errc::offset_out_of_range : Errc::topic_not_found);
                return true;
            }
            if (from->is_dead || place.offset >= from->earliest) continue;
            const Lost lost{at.topic,       at.partition,   place.offset,
                            from->earliest, from->earliest, from->next};
            place.offset = from->earliest;
            events_.lost(lost);
            return true;
        }
        return false;
    }

    bool hand_over(std::size_t limit) {
        std::vector<Record> records;
        for (auto& [at, place] : places_) {
            Partition* from = partition(at);
            if (from->is_dead) continue;
            for (const Kept& kept : from->records) {
                if (kept.offset < place.offset || records.size() == limit) continue;
                records.push_back({.topic = at.topic,
                                   .partition = at.partition,
                                   .offset = kept.offset,
                                   .timestamp = 1,
                                   .key = kept.key,
                                   .value = kept.value,
                                   .headers = {}});
            }
        }
        if (records.empty()) return false;
        const auto kept = records;
        const std::size_t taken = events_.records(records);
        is_stopped_ = taken < records.size();
        for (std::size_t i = 0; i < taken; ++i) {
            const auto found = places_.find({std::string(kept[i].topic), kept[i].partition});
            if (found != places_.end()) found->second = {kept[i].offset + 1, false};
        }
        return true;
    }

    bool tell_end() {
        for (auto& [at, place] : places_) {
            Partition* from = partition(at);
            if (from->is_dead || place.has_told_end) continue;
            place.offset = from->next;
            place.has_told_end = true;
            events_.reached_end({at.topic, at.partition, place.offset});
            return true;
        }
        return false;
    }

    ScriptedBroker& broker_;
    PartitionReader::Events& events_;
    std::map<TopicPartition, Place> places_;
    bool is_stopped_ = false;
    bool is_inside_ = false;
};

ScriptedBroker::~ScriptedBroker() = default;

void ScriptedBroker::create(const std::string& topic, std::int32_t partitions) {
    topics_[topic].resize(static_cast<std::size_t>(partitions));
}

void ScriptedBroker::append(const std::string& topic, std::int32_t partition,
                            std::optional<std::string> key) {
    Partition& to = at(topic, partition);
    to.records.push_back(
        {to.next, std::move(key), fmt::format("{}/{}/{}", topic, partition, to.next)});
    ++to.next;
}

void ScriptedBroker::append_tombstone(const std::string& topic, std::int32_t partition,
                                      std::string key) {
    Partition& to = at(topic, partition);
    to.records.push_back({to.next++, std::move(key), std::nullopt});
}

void ScriptedBroker::skip(const std::string& topic, std::int32_t partition) {
    ++at(topic, partition).next;
}

void ScriptedBroker::expire(const std::string& topic, std::int32_t partition, std::int64_t before) {
    Partition& from = at(topic, partition);
    from.earliest = std::max(from.earliest, before);
    std::erase_if(from.records, [&](const Kept& each) { return each.offset < from.earliest; });
}

void ScriptedBroker::truncate(const std::string& topic, std::int32_t partition, std::int64_t from) {
    Partition& all = at(topic, partition);
    std::erase_if(all.records, [&](const Kept& each) { return each.offset >= from; });
    all.next = from;
}

bool ScriptedBroker::step(std::size_t reader, std::size_t records) {
    return reader < readers_.size() && readers_[reader]->step(records);
}

void ScriptedBroker::list_topics(Executor executor, Timeout, OnListed done) {
    asio::post(executor, [this, done = std::move(done)] {
        std::vector<TopicPartition> all;
        for (const auto& [name, partitions] : topics_) {
            for (std::size_t i = 0; i < partitions.size(); ++i) {
                all.push_back({name, static_cast<std::int32_t>(i)});
            }
        }
        done(std::move(all));
    });
}

void ScriptedBroker::locate(Executor executor, std::vector<std::string> topics, Start start,
                            Timeout, OnLocated done) {
    asio::post(executor, [this, topics = std::move(topics), start = std::move(start),
                          done = std::move(done)] {
        std::vector<Located> all;
        for (const std::string& topic : topics) {
            const auto refused = unlocatable.find(topic);
            if (refused != unlocatable.end()) return done(Error(refused->second));
            const auto found = topics_.find(topic);
            if (found == topics_.end()) return done(Error(Errc::topic_not_found));
            for (std::size_t i = 0; i < found->second.size(); ++i) {
                const Partition& partition = found->second[i];
                if (!partition.has_leader) return done(Error(Errc::broker_unavailable));
                Located located{topic, static_cast<std::int32_t>(i), partition.earliest,
                                partition.next, partition.next};
                if (std::holds_alternative<FromEarliest>(start)) {
                    located.start = located.earliest;
                } else if (const auto* last = std::get_if<FromLast>(&start)) {
                    located.start = std::max(located.earliest, located.latest - last->offsets);
                } else if (const auto* cursor = std::get_if<Cursor>(&start)) {
                    located.start = located.earliest;
                    for (const Position& each : *cursor) {
                        if (each.topic != topic || each.partition != located.partition) continue;
                        located.start = each.offset;
                    }
                }
                all.push_back(std::move(located));
            }
        }
        done(std::move(all));
    });
}

Result<std::unique_ptr<PartitionReader>> ScriptedBroker::open_reader(
    Executor, PartitionReader::Events& events) {
    if (readers_.size() >= max_readers) {
        ++refusals;
        return Error(Errc::limit_reached, "no more readers");
    }
    return std::unique_ptr<PartitionReader>(std::make_unique<Reader>(*this, events));
}

}  // namespace gateway::fanout
