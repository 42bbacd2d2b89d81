#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "amqp/connection.hpp"
#include "amqp/options.hpp"
#include "amqp/tap.hpp"
#include "amqp/topics.hpp"
#include "broker/broker.hpp"

namespace gateway::amqp {

/// The topics of a broker that are read without a group, by name. Belongs to its connection, on its
/// thread.
class Taps {
public:
    /// All must outlive it.
    Taps(Connection& owner, Topics& topics, const Options& options);
    ~Taps();

    /// Forgets all; the connection is stopped.
    void stop() { taps_.clear(); }

    /// Every topic's next number, once all of them gather.
    void locate(asio::any_io_executor executor, std::vector<std::string> names,
                std::chrono::milliseconds timeout, Broker::OnLocated done);

    void add(const std::shared_ptr<ReaderInbox>& reader, ReaderInbox::Stay stay,
             const Position& from);
    void remove(const ReaderInbox& reader, ReaderInbox::Stay stay, const std::string& topic);
    void taken(const ReaderInbox& reader, ReaderInbox::Stay stay, const std::string& topic,
               std::int64_t next, std::size_t bytes);

private:
    /// A tap, and how long it waits for its first reader.
    struct Entry {
        std::shared_ptr<Tap> tap;
        std::unique_ptr<asio::steady_timer> unclaimed;
    };

    Tap& open(const std::string& topic);
    void expire_later(const std::string& topic);
    void close(Tap& tap);

    Connection& owner_;
    Topics& topics_;
    const Options& options_;
    std::map<std::string, Entry> taps_;
    std::int64_t highest_ = 0;  ///< That any tap has come to.
    std::shared_ptr<Taps*> self_;
};

}  // namespace gateway::amqp
