#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <asio/any_io_executor.hpp>

#include "bridges/options.hpp"
#include "broker/broker.hpp"
#include "gateway/alarm.hpp"
#include "gateway/node.hpp"
#include "gateway/offsets.hpp"
#include "nodes/sender.hpp"
#include "services/switchboard.hpp"
#include "wire/json_check.hpp"
#include "wire/json_object.hpp"

namespace gateway::bridges {

/// Stands for a service that reads its requests from a topic or a queue of a broker, and answers
/// into another: a worker of the switchboard's, whose jobs become records. protocol/services.md
/// says what stands in them.
///
/// It registers once it would hear an answer. While the broker does not take its records, or does
/// not let it read, it has no credit: what the broker did not take is given back, for other workers
/// or for later, and what it took may still be answered.
///
/// Lives on its executor; the first one to call is `start`, on any thread. That executor must not
/// run any more when it is destroyed: what is posted there leads to it.
class Bridge final : private Consumer::Events {
public:
    /// Everything passed by reference must outlive it.
    Bridge(asio::any_io_executor executor, Broker& broker, services::Switchboard& switchboard,
           const Node& node, Options options);
    ~Bridge();
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

    /// The broker is started; the executor need not run yet.
    void start();

    /// Takes no more jobs, and calls `done`, on its executor, when it has ceased to read. Any
    /// thread.
    void stop(std::function<void()> done);

private:
    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void lost(const Lost& lost) override;
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override;

    void prepare();
    void consume();
    void join();
    void pause(const Error& why);
    void go_on();
    void warn(std::string_view what, const Error& error);
    void heard(const services::WorkerWord& word);
    void send(const services::Assignment& job);
    void sent(const services::Uuid& job, const Error* error);
    void read(const Record& record);
    void answer(const services::Uuid& job, services::Answer answer);
    void fail(const services::Uuid& job, const Error& error);

    const Options options_;
    asio::any_io_executor executor_;
    Broker& broker_;
    services::Switchboard& switchboard_;
    const std::string group_;
    const std::string replies_;  ///< Where it is answered.
    JsonCheck json_;
    JsonObject object_;
    nodes::Sender sender_;
    Alarm retry_;
    std::unique_ptr<Consumer> consumer_;
    Offsets next_;  ///< In the replies.

    services::WorkerId worker_ = services::WorkerId::none;
    std::unordered_map<services::Uuid, unsigned> jobs_;  ///< That the worker has, by which attempt.
    std::string trouble_;                                ///< That was warned of last.
    bool is_live_ = false;                               ///< It would hear an answer.
    bool is_stopping_ = false;
};

}  // namespace gateway::bridges
