#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include "amqp/batch.hpp"
#include "broker/partition_reader.hpp"

namespace gateway::amqp {

/// The half of a reader that taps send to. Shared, because what is posted may come after its reader
/// is gone. All but `send` is for the reader's executor.
class ReaderInbox final : public std::enable_shared_from_this<ReaderInbox> {
public:
    /// Tells apart what was read of a topic before it was dropped, and after.
    using Stay = std::uint64_t;

    struct Ended {
        TopicPartition partition;
        Error error;
    };
    using Item = std::variant<std::shared_ptr<const Batch>, Lost, Position, Ended>;

    /// Hears, on the reader's executor, how far a batch was taken: the next offset, and its bytes.
    using OnTaken =
        std::function<void(const std::string& topic, Stay, std::int64_t next, std::size_t bytes)>;

    /// `events` must live until `end`.
    ReaderInbox(asio::any_io_executor executor, PartitionReader::Events& events, OnTaken on_taken)
        : executor_(std::move(executor)), events_(&events), on_taken_(std::move(on_taken)) {}

    /// Any thread may.
    void send(const std::string& topic, Stay stay, Item item);

    void begin(const std::string& topic, Stay stay) { stays_[topic] = stay; }
    void drop(const std::string& topic) { stays_.erase(topic); }

    /// The stay of a topic that is read, or 0.
    [[nodiscard]] Stay stay_of(const std::string& topic) const;
    [[nodiscard]] const std::map<std::string, Stay>& stays() const { return stays_; }

    void resume();
    void end() { events_ = nullptr; }

private:
    struct Waiting {
        std::string topic;
        Stay stay = 0;
        Item item;
        std::size_t taken = 0;
    };

    void go_on();
    [[nodiscard]] bool is_read(const Waiting& each) const;
    [[nodiscard]] bool hand_over(Waiting& now);

    asio::any_io_executor executor_;
    PartitionReader::Events* events_;  ///< Null: ended.
    OnTaken on_taken_;
    std::map<std::string, Stay> stays_;
    std::deque<Waiting> waiting_;
    bool is_stopped_ = false;
    bool is_handing_over_ = false;
};

}  // namespace gateway::amqp
