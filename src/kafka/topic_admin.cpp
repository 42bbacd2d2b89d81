#include "kafka/topic_admin.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>

#include "kafka/error.hpp"
#include "kafka/queue_event.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 20ms;  ///< For a created topic that is not visible yet.

std::string about(const std::string& topic) { return fmt::format("topic \"{}\"", topic); }

Result<NewTopic> to_new_topic(const TopicSpec& spec) {
    std::array<char, 256> reason{};
    NewTopic topic(rd_kafka_NewTopic_new(spec.topic.c_str(), spec.partitions.value_or(-1),
                                         spec.replication.value_or(-1), reason.data(),
                                         reason.size()));
    if (!topic) {
        return to_error(RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, about(spec.topic), reason.data());
    }
    for (const auto& [name, value] : spec.config) {
        const auto code = rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, about(spec.topic));
    }
    return topic;
}

}  // namespace

/// One request, on its executor.
class TopicAdmin::Creation : public std::enable_shared_from_this<Creation> {
public:
    using Clock = std::chrono::steady_clock;

    Creation(TopicAdmin& admin, asio::any_io_executor executor, std::vector<TopicSpec> topics,
             Clock::time_point deadline, Broker::OnCreated done)
        : admin_(admin),
          specs_(std::move(topics)),
          deadline_(deadline),
          done_(std::move(done)),
          timer_(executor),
          look_timer_(executor) {}

    void start();
    void finish(const Error& otherwise);

private:
    [[nodiscard]] std::chrono::milliseconds left() const {
        return std::max(
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()), 1ms);
    }

    void request(std::vector<rd_kafka_NewTopic_t*> topics);
    [[nodiscard]] QueueEvent::Left drain();
    void take_result(const rd_kafka_event_t* event);
    void look();
    void refresh();
    void look_at(const Catalog::Topics& topics);

    TopicAdmin& admin_;
    std::vector<TopicSpec> specs_;
    Clock::time_point deadline_;
    Broker::OnCreated done_;
    asio::steady_timer timer_;
    asio::steady_timer look_timer_;
    std::shared_ptr<QueueEvent> event_;

    /// For each topic by name: nothing while it is unknown, then empty where it exists.
    std::map<std::string, std::optional<std::optional<Error>>> fates_;
    std::vector<std::string> unseen_;  ///< Created, and not visible yet.
};

void TopicAdmin::Creation::start() {
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this()](std::error_code error) {
        if (error) return;
        const auto found = self->admin_.probe_.finding();
        self->finish(found.up ? Error(Errc::request_timeout)
                              : Error(Errc::broker_unavailable, found.reason));
    });

    std::vector<NewTopic> topics;
    for (const auto& spec : specs_) {
        const auto [fate, is_new] = fates_.try_emplace(spec.topic);
        if (!is_new) continue;
        auto topic = to_new_topic(spec);
        if (topic) {
            topics.push_back(std::move(*topic));
        } else {
            fate->second.emplace(topic.error());
        }
    }
    if (topics.empty()) return finish(Errc::internal);

    std::vector<rd_kafka_NewTopic_t*> pointers;
    for (const auto& topic : topics) pointers.push_back(topic.get());
    request(std::move(pointers));
}

void TopicAdmin::Creation::request(std::vector<rd_kafka_NewTopic_t*> topics) {
    AdminOptions options(rd_kafka_AdminOptions_new(admin_.handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    const int timeout = static_cast<int>(left().count());
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout, nullptr, 0);
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout, nullptr, 0);

    try {
        event_ = QueueEvent::open(timer_.get_executor(), Queue(rd_kafka_queue_new(admin_.handle_)),
                                  [weak = weak_from_this()] {
                                      const auto self = weak.lock();
                                      return self ? self->drain() : QueueEvent::Left::unread;
                                  });
    } catch (const std::system_error& error) {
        return finish(Error(Errc::internal, error.what()));
    }
    rd_kafka_CreateTopics(admin_.handle_, topics.data(), topics.size(), options.get(),
                          event_->queue());
}

QueueEvent::Left TopicAdmin::Creation::drain() {
    const Event event(rd_kafka_queue_poll(event_->queue(), 0));
    if (!event) return QueueEvent::Left::nothing;
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_CREATETOPICS_RESULT) {
        take_result(event.get());
    }
    return QueueEvent::Left::more;
}

void TopicAdmin::Creation::take_result(const rd_kafka_event_t* event) {
    if (const auto code = rd_kafka_event_error(const_cast<rd_kafka_event_t*>(event))) {
        // A time-out here is the deadline's affair: it knows whether the broker is there.
        if (code == RD_KAFKA_RESP_ERR__TIMED_OUT) return;
        const char* reason = rd_kafka_event_error_string(const_cast<rd_kafka_event_t*>(event));
        return finish(to_error(code, "creating topics", reason));
    }

    std::size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(const_cast<rd_kafka_event_t*>(event));
    const auto* topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (const auto* topic : std::span(topics, count)) {
        const std::string name = rd_kafka_topic_result_name(topic);
        const auto code = rd_kafka_topic_result_error(topic);
        auto& fate = fates_[name];
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            unseen_.push_back(name);
        } else {
            const char* reason = rd_kafka_topic_result_error_string(topic);
            fate.emplace(
                to_error(code, about(name), reason != nullptr ? reason : rd_kafka_err2str(code)));
        }
    }
    look();
}

void TopicAdmin::Creation::look() {
    if (!done_) return;
    if (unseen_.empty()) return refresh();
    admin_.catalog_.fetch(timer_.get_executor(), left(),
                          [self = shared_from_this()](const Catalog::Answer& answer) {
                              if (answer) self->look_at(**answer);
                          });
}

void TopicAdmin::Creation::refresh() {
    std::vector<std::string> names;
    for (const auto& [name, fate] : fates_) {
        if (fate && !*fate) names.push_back(name);
    }
    admin_.producers_.refresh(names, [self = shared_from_this()] {
        asio::post(self->timer_.get_executor(), [self] { self->finish(Errc::internal); });
    });
}

void TopicAdmin::Creation::look_at(const Catalog::Topics& topics) {
    std::erase_if(unseen_, [&](const std::string& name) {
        const auto found = topics.find(name);
        if (found == topics.end() || found->second == 0) return false;
        fates_[name].emplace(std::nullopt);
        return true;
    });
    if (!done_ || unseen_.empty()) return look();
    look_timer_.expires_after(look_again);
    look_timer_.async_wait([self = shared_from_this()](std::error_code error) {
        if (!error) self->look();
    });
}

void TopicAdmin::Creation::finish(const Error& otherwise) {
    if (!done_) return;
    const auto self = shared_from_this();
    timer_.cancel();
    look_timer_.cancel();
    if (event_) event_->stop();

    std::vector<std::optional<Error>> answer;
    answer.reserve(specs_.size());
    for (const auto& spec : specs_) {
        const auto& fate = fates_[spec.topic];
        answer.push_back(fate ? *fate : otherwise);
    }
    admin_.creations_.remove(*this);
    std::exchange(done_, nullptr)(std::move(answer));
}

TopicAdmin::TopicAdmin(rd_kafka_t* handle, Catalog& catalog, const Probe& probe,
                       ProducerPool& producers)
    : handle_(handle), catalog_(catalog), probe_(probe), producers_(producers) {}

void TopicAdmin::create(asio::any_io_executor executor, std::vector<TopicSpec> topics,
                        std::chrono::milliseconds timeout, Broker::OnCreated done) {
    auto creation = std::make_shared<Creation>(*this, executor, std::move(topics),
                                               Creation::Clock::now() + timeout, std::move(done));
    creations_.add(executor, creation);
    asio::post(executor, [creation = std::move(creation)] { creation->start(); });
}

void TopicAdmin::stop(std::chrono::steady_clock::time_point deadline) {
    creations_.post_all([](Creation& creation) { creation.finish(Errc::draining); });
    static_cast<void>(creations_.wait_until_empty(deadline));
}

}  // namespace gateway::kafka
