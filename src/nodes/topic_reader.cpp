#include "nodes/topic_reader.hpp"

#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "nodes/times.hpp"

namespace gateway::nodes {

TopicReader::TopicReader(asio::any_io_executor executor, Broker& broker, std::string name,
                         std::string topic, Start start, Ears ears)
    : executor_(std::move(executor)),
      broker_(broker),
      name_(std::move(name)),
      topic_(std::move(topic)),
      start_(std::move(start)),
      ears_(std::move(ears)),
      retry_(executor_) {
    locate();
}

void TopicReader::locate() {
    broker_.locate(executor_, {topic_}, start_, answer_time,
                   [this, alive = std::weak_ptr(is_alive_)](const auto& found) {
                       if (alive.expired()) return;
                       if (!found) return locate_later(found.error());
                       located(*found);
                   });
}

void TopicReader::locate_later(const Error& error) {
    spdlog::warn("{}: cannot read {} of broker {}: {}", name_, topic_, broker_.name(),
                 error.message);
    retry_.set(retry_delay, [this] {
        reader_.reset();
        locate();
    });
}

void TopicReader::located(const std::vector<Located>& found) {
    auto reader = broker_.open_reader(executor_, *this);
    if (!reader) return locate_later(reader.error());
    reader_ = std::move(*reader);
    std::vector<Position> starts;
    bool is_at_end = false;
    for (const Located& each : found) {
        if (each.partition != 0) continue;
        starts.push_back({each.topic, each.partition, each.start});
        snapshot_end_ = each.latest;
        is_at_end = each.start >= each.latest;
    }
    reader_->add(starts);
    // What came between the end of the last reader and this one is missing, too.
    if (std::exchange(has_read_, true) && ears_.lost) ears_.lost();
    if (is_at_end) tell_ready();
}

void TopicReader::tell_ready() {
    if (ears_.ready) std::exchange(ears_.ready, nullptr)();
}

std::size_t TopicReader::records(std::span<const Record> records) {
    std::size_t taken = 0;
    while (taken < records.size() && ears_.record(records[taken])) {
        if (records[taken++].offset + 1 >= snapshot_end_) tell_ready();
    }
    return taken;
}

void TopicReader::reached_end(const Position&) { tell_ready(); }

void TopicReader::lost(const Lost&) {
    if (ears_.lost) ears_.lost();
}

void TopicReader::ended(const TopicPartition&, const Error& error) {
    if (ears_.lost) ears_.lost();
    locate_later(error);
}

void TopicReader::resume() {
    if (reader_) reader_->resume();
}

}  // namespace gateway::nodes
