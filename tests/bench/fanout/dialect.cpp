#include "fanout/dialect.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "load/client.hpp"
#include "load/message.hpp"

namespace bench {

namespace {

constexpr std::string_view text_before = R"("p":")";

/// Of `{"id":7,"t":"notif","p":"value"},` what is neither id nor value.
constexpr std::size_t notification_bytes =
    std::string_view(R"({"id":,"t":"notif","p":""},)").size();

class KafkaWs final : public Dialect {
public:
    KafkaWs(std::string topic, std::string group)
        : topic_(std::move(topic)), group_(std::move(group)) {}

    void make_topic(const Address& server) const override {
        Client(server).ask(fmt::format(
            R"({{"id":1,"t":"topic","a":"create","p":[{{"topic":"{}","partitions":1}}]}})",
            topic_));
    }
    std::string subscription() const override {
        return group_.empty() ? broadcast(topic_) : subscribe(topic_, group_);
    }
    std::string_view answer() const override { return R"("s":0)"; }
    Address entrance(const Address& server) const override { return server; }
    std::string greeting() const override { return {}; }
    std::string publication(std::span<const std::string> values) const override {
        std::string frame = "[";
        for (const std::string& value : values) {
            frame += notif(0, topic_, value, false);
            frame += ',';
        }
        frame.back() = ']';
        return frame;
    }
    std::string_view refusal() const override { return R"("s":1)"; }
    Form form(std::size_t value_bytes) const override {
        return {.message_bytes = notification_bytes + value_bytes, .before_value = text_before};
    }

private:
    std::string topic_;
    std::string group_;
};

class Nats final : public Dialect {
public:
    explicit Nats(std::string topic) : topic_(std::move(topic)) {}

    void make_topic(const Address&) const override {}
    std::string subscription() const override {
        return fmt::format("{}SUB {} 1\r\nPING\r\n", connect, topic_);
    }
    std::string_view answer() const override { return "PONG"; }
    Address entrance(const Address& server) const override { return server; }
    std::string greeting() const override { return fmt::format("{}PING\r\n", connect); }
    std::string publication(std::span<const std::string> values) const override {
        std::string frame;
        for (const std::string& value : values) {
            frame += fmt::format("PUB {} {}\r\n{}\r\n", topic_, value.size(), value);
        }
        return frame;
    }
    std::string_view refusal() const override { return "-ERR"; }
    Form form(std::size_t value_bytes) const override {
        const auto head = fmt::format("MSG {} 1 {}\r\n", topic_, value_bytes);
        return {.message_bytes = head.size() + value_bytes + 2,
                .has_ids = false,
                .before_value = "\r\n"};
    }

private:
    static constexpr std::string_view connect =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\n";

    std::string topic_;
};

class Plain final : public Dialect {
public:
    explicit Plain(std::string entrance) : entrance_(std::move(entrance)) {}

    void make_topic(const Address&) const override {}
    std::string subscription() const override { return {}; }
    std::string_view answer() const override { return {}; }
    Address entrance(const Address& server) const override {
        return {.port = server.port, .path = entrance_};
    }
    std::string greeting() const override { return {}; }
    std::string publication(std::span<const std::string> values) const override {
        std::string frame = "[";
        for (const std::string& value : values) {
            frame += fmt::format(R"({{"id":10000000,"t":"notif","p":"{}"}},)", value);
        }
        frame.back() = ']';
        return frame;
    }
    std::string_view refusal() const override { return R"("s":1)"; }
    Form form(std::size_t value_bytes) const override {
        return {.message_bytes = notification_bytes + value_bytes, .before_value = text_before};
    }

private:
    std::string entrance_;
};

}  // namespace

std::string broadcast(std::string_view topic, std::string_view more) {
    return fmt::format(
        R"({{"id":1,"t":"topic","a":"subscribe","p":{{"t":["{}"],"mode":"broadcast"{}}}}})", topic,
        more);
}

std::unique_ptr<Dialect> make_dialect(std::string_view name, std::string topic, std::string group) {
    if (name == "kafka-ws") return std::make_unique<KafkaWs>(std::move(topic), std::move(group));
    if (name == "nats") return std::make_unique<Nats>(std::move(topic));
    if (name == "plain") return std::make_unique<Plain>("/feed");
    if (name == "detour") return std::make_unique<Plain>("/feed/" + topic);
    throw std::runtime_error(fmt::format("there is no dialect {}", name));
}

}  // namespace bench
