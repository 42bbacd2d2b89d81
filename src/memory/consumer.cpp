#include "memory/consumer.hpp"

#include <utility>

namespace gateway::memory {

Consumer::Consumer(std::shared_ptr<Thread> thread, asio::any_io_executor executor, MemberId member,
                   Options options, Events& events)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      member_(member),
      inbox_(std::make_shared<Inbox>(executor_, *thread_, member, events, options.headers)) {
    thread_->post([member, inbox = inbox_, options = std::move(options)](Thread& broker) {
        auto error = broker.coordinator().join(member, inbox, options);
        if (!error) return;
        inbox->post([error = std::move(*error)](Inbox& to) { to.fail(error); });
    });
}

Consumer::~Consumer() {
    inbox_->end();
    if (is_closed_) return;

    ++thread_->counts().orphans;
    thread_->post([member = member_](Thread& thread) {
        thread.coordinator().leave(member);
        --thread.counts().orphans;
    });
}

void Consumer::commit(std::span<const Position> next) {
    if (is_closed_) return;
    thread_->post([member = member_, positions = std::vector(next.begin(), next.end())](
                      Thread& thread) { thread.coordinator().commit(member, positions); });
}

void Consumer::close(std::function<void()> done) {
    inbox_->end();
    is_closed_ = true;
    thread_->post(
        [member = member_, executor = executor_, done = std::move(done)](Thread& thread) mutable {
            thread.coordinator().leave(member);
            if (done) asio::post(executor, std::move(done));
        });
}

}  // namespace gateway::memory
