#include "kafka/queue_event.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <asio/post.hpp>

namespace gateway::kafka {

namespace {

int open_eventfd() {
    const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return descriptor;
}

}  // namespace

std::shared_ptr<QueueEvent> QueueEvent::open(asio::any_io_executor executor,
                                             std::shared_ptr<rd_kafka_queue_t> queue, Drain drain) {
    std::shared_ptr<QueueEvent> event(
        new QueueEvent(std::move(executor), std::move(queue), std::move(drain)));
    // What came before is not signalled: look once.
    event->wake();
    return event;
}

QueueEvent::QueueEvent(asio::any_io_executor executor, std::shared_ptr<rd_kafka_queue_t> queue,
                       Drain drain)
    : queue_(std::move(queue)), drain_(std::move(drain)), event_(executor, open_eventfd()) {
    static constexpr std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue_.get(), event_.native_handle(), &one, sizeof one);
}

QueueEvent::~QueueEvent() { stop(); }

void QueueEvent::stop() {
    if (!queue_) return;
    // Before the descriptor is closed: librdkafka must not write to what has its number next.
    rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
    queue_.reset();
    std::error_code ignored;
    event_.close(ignored);
}

void QueueEvent::wake() {
    if (posted_ || !queue_) return;
    posted_ = true;
    asio::post(event_.get_executor(), [self = shared_from_this()] {
        self->posted_ = false;
        self->run();
    });
}

void QueueEvent::wait() {
    if (waiting_) return;
    waiting_ = true;
    event_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](std::error_code error) {
                          self->waiting_ = false;
                          if (error || !self->queue_) return;
                          std::uint64_t count = 0;
                          [[maybe_unused]] const auto size =
                              ::read(self->event_.native_handle(), &count, sizeof count);
                          self->run();
                      });
}

void QueueEvent::run() {
    if (!queue_) return;
    const Left left = drain_();
    if (!queue_) return;
    switch (left) {
        case Left::nothing:
            return wait();
        case Left::more:
            return wake();
        case Left::unread:
            return;
    }
}

}  // namespace gateway::kafka
