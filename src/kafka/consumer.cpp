#include "kafka/consumer.hpp"

#include <string>
#include <utility>

#include <asio/post.hpp>

namespace gateway::kafka {

Consumer::Consumer(std::shared_ptr<Membership> membership, asio::any_io_executor executor,
                   const Options& options, Events& events)
    : membership_(std::move(membership)), executor_(std::move(executor)) {
    delivery_ = std::make_shared<Delivery>(
        executor_, events, options.headers ? Batch::WithHeaders::yes : Batch::WithHeaders::no,
        [weak = std::weak_ptr(membership_)](rd_kafka_resp_err_t code, const Position& at,
                                            std::string reason) {
            if (const auto membership = weak.lock()) {
                membership->note_error(code, at, std::move(reason));
            }
        });
    membership_->join(executor_, delivery_);
}

Consumer::~Consumer() {
    membership_->detach();
    if (!closed_) close({});
}

void Consumer::close(std::function<void()> done) {
    closed_ = true;
    std::function<void()> on_left;
    if (done) {
        on_left = [executor = executor_, done = std::move(done)] { asio::post(executor, done); };
    }
    delivery_->release(
        [membership = membership_, on_left = std::move(on_left)] { membership->leave(on_left); });
}

}  // namespace gateway::kafka
