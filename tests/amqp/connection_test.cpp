#include "amqp/connection.hpp"

#include <sys/ioctl.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include "amqp/bytes.hpp"
#include "amqp/server.hpp"
#include "amqp/stranger.hpp"
#include "broker/stage.hpp"

namespace gateway::amqp {

namespace {

using namespace std::chrono_literals;

using contract::Stage;
using testing::Stranger;

/// Counts the messages that come to a queue of its own.
class Counting : public Channel {
public:
    explicit Counting(std::string queue) : queue_(std::move(queue)) {}

    void opened() override {
        amqp_queue_declare_t declare{};
        declare.queue = to_bytes(queue_);
        declare.auto_delete = 1;
        send(AMQP_QUEUE_DECLARE_METHOD, declare);
    }
    void lost(const Error& /*error*/, bool /*is_permanent*/) override {}
    void closed(const Closing& /*closing*/) override {}
    void answered(const amqp_method_t& method) override {
        if (method.id == AMQP_QUEUE_DECLARE_OK_METHOD) {
            amqp_basic_consume_t consume{};
            consume.queue = to_bytes(queue_);
            consume.no_ack = 1;
            send(AMQP_BASIC_CONSUME_METHOD, consume);
        } else if (method.id == AMQP_BASIC_CONSUME_OK_METHOD && !std::exchange(consumes_, true)) {
            consuming_.set_value();
        }
    }
    void arrived(const Content& /*content*/) override { ++count_; }

    [[nodiscard]] std::future<void> consuming() { return consuming_.get_future(); }
    [[nodiscard]] int count() const { return count_; }

private:
    std::string queue_;
    std::promise<void> consuming_;
    bool consumes_ = false;
    int count_ = 0;
};

/// A connection for as long as it lives.
struct Standing {
    explicit Standing(const Options& options) : connection(options) { connection.start(); }
    ~Standing() { connection.stop(); }

    Connection connection;
};

TEST_CASE("what is read with a heartbeat is handed over with it") {
    const std::string body(1000, 'x');
    Options options = testing::reach_server();
    options.heartbeat = 3s;
    const auto queue = Stage::fresh("queue");
    const auto exchange = Stage::fresh("exchange");
    const Stranger stranger(options);
    const auto channel = std::make_shared<Counting>(queue);
    auto consuming = channel->consuming();
    std::promise<bool> sent;
    std::promise<int> counted;
    Standing standing(options);
    auto& connection = standing.connection;
    connection.post([&] { connection.attach(channel); });
    REQUIRE(consuming.wait_for(10s) == std::future_status::ready);
    stranger.declare_exchange(exchange, "fanout");
    stranger.bind(queue, exchange, "");

    // Works in the order in which asio calls them: the heartbeat's timer is due by the end of the
    // first, and comes after the second, in which the message arrives, and before the third.
    connection.post([&] {
        std::this_thread::sleep_for(options.heartbeat / 3 + 10ms);
        connection.post([&] {
            stranger.publish(exchange, body);
            // Three frames, which the broker writes together.
            int readable = 0;
            const auto end = std::chrono::steady_clock::now() + 10s;
            while (readable <= static_cast<int>(body.size()) &&
                   std::chrono::steady_clock::now() < end) {
                ioctl(connection.link().socket(), FIONREAD, &readable);
            }
            sent.set_value(readable > static_cast<int>(body.size()));
            connection.post([&] { counted.set_value(channel->count()); });
        });
    });
    auto count = counted.get_future();
    REQUIRE(count.wait_for(30s) == std::future_status::ready);
    CHECK(sent.get_future().get());
    CHECK(count.get() == 1);
    stranger.delete_exchange(exchange);
}

}  // namespace

}  // namespace gateway::amqp
