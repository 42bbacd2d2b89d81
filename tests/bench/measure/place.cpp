#include "measure/place.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "measure/amqp.hpp"
#include "measure/topic.hpp"

namespace bench {

namespace {

template <typename KafkaTopic>
class KafkaPlace final : public Place {
public:
    KafkaPlace(const std::string& brokers, std::string name) : topic_(brokers, std::move(name)) {}

    const std::string& name() const override { return topic_.name(); }
    std::uint64_t stored() override { return static_cast<std::uint64_t>(topic_.end_offset()); }
    std::string next_group() override {
        std::string group = fmt::format("bench-{}-{}", getpid(), groups_++);
        topic_.rewind(group);
        return group;
    }

private:
    KafkaTopic topic_;
    int groups_ = 0;
};

class AmqpPlace : public Place {
public:
    AmqpPlace(const std::string& url, std::string name) : broker_(url), name_(std::move(name)) {}

    const std::string& name() const override { return name_; }
    std::uint64_t stored() override { return broker_.depth(name_, amqp_group); }
    std::string next_group() override {
        if (std::exchange(is_taken_, true)) throw std::runtime_error("a queue is read once");
        return amqp_group;
    }

protected:
    Amqp broker_;

private:
    std::string name_;
    bool is_taken_ = false;
};

class TemporaryAmqpPlace final : public AmqpPlace {
public:
    TemporaryAmqpPlace(const std::string& url, const std::string& purpose)
        : AmqpPlace(url, fmt::format("bench-{}-{}", purpose, getpid())) {
        broker_.declare(name(), amqp_group);
    }
    ~TemporaryAmqpPlace() override {
        try {
            broker_.remove(name(), amqp_group);
        } catch (const std::runtime_error& error) {
            fmt::print(stderr, "{} is left behind: {}\n", name(), error.what());
        }
    }
};

}  // namespace

std::unique_ptr<Place> make_place(const std::string& brokers, const std::string& purpose) {
    if (is_amqp(brokers)) return std::make_unique<TemporaryAmqpPlace>(brokers, purpose);
    return std::make_unique<KafkaPlace<TemporaryTopic>>(brokers, purpose);
}

std::unique_ptr<Place> find_place(const std::string& brokers, std::string name) {
    if (is_amqp(brokers)) return std::make_unique<AmqpPlace>(brokers, std::move(name));
    return std::make_unique<KafkaPlace<Topic>>(brokers, std::move(name));
}

}  // namespace bench
