#include "kafka/departure.hpp"

#include <system_error>
#include <utility>

#include "kafka/aside.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds gone_time = 2s;    ///< To hear whether a topic was deleted.
constexpr std::chrono::milliseconds leave_time = 10s;  ///< For the broker to say goodbye.
constexpr std::chrono::milliseconds least_leave_time = 3s;  ///< The same if no broker answers.
constexpr std::chrono::milliseconds look_pause = 500ms;     ///< To see whether one does.

}  // namespace

Departure::Departure(Member& member, Share& share, Subscription& subscription,
                     std::function<void()> on_end)
    : member_(member),
      share_(share),
      subscription_(subscription),
      on_end_(std::move(on_end)),
      timer_(member.strand()) {}

void Departure::start(std::function<void()> done) {
    if (done && (over_ || waits_no_more_)) return done();
    if (done) done_.push_back(std::move(done));
    if (!over_ && member_.note_leaving()) say_goodbye();
}

void Departure::say_goodbye() {
    share_.stop();
    if (member_.event() == nullptr) return end();
    share_.let_go();
    const Failure failure(
        rd_kafka_consumer_close_queue(member_.handle(), member_.event()->queue()));
    if (failure) return end();
    wait_for_goodbye(least_leave_time, 0ms);
    member_.event()->wake();
}

void Departure::wait_for_goodbye(std::chrono::milliseconds time, std::chrono::milliseconds waited) {
    timer_.expires_after(time);
    timer_.async_wait(
        [this, self = member_.shared_from_this(), now = waited + time](std::error_code cancelled) {
            if (cancelled) return;
            const bool may_come = now < leave_time && member_.services().probe->finding().up;
            may_come ? wait_for_goodbye(look_pause, now) : wait_no_more();
        });
}

// What it has to commit librdkafka keeps until the session is over, should the broker be back, and
// destroying it before that would wait as long, and burn a core.
void Departure::wait_no_more() {
    waits_no_more_ = true;
    timer_.expires_after(member_.services().properties->session_timeout() + leave_time);
    timer_.async_wait([this, self = member_.shared_from_this()](std::error_code cancelled) {
        if (!cancelled) end();
    });
    tell_done();
}

void Departure::end() {
    if (over_.exchange(true)) return;
    timer_.cancel();
    if (member_.event() != nullptr) member_.event()->stop();
    const auto& services = member_.services();
    if (!member_.is_live() || subscription_.has_lost_a_topic() || !services.probe->finding().up) {
        return destroy();
    }
    services.catalog->fetch(
        member_.strand(), gone_time,
        [this, self = member_.shared_from_this()](const Catalog::Answer& answer) {
            if (answer) subscription_.note_lost(**answer);
            destroy();
        });
}

void Departure::destroy() {
    auto handle = member_.close();
    if (handle &&
        (subscription_.has_lost_a_topic() || rd_kafka_consumer_closed(handle.get()) == 0)) {
        end_aside(std::move(handle), member_.services().properties);
    }
    handle.reset();
    on_end_();
    tell_done();
}

void Departure::tell_done() {
    for (const auto& done : std::exchange(done_, {})) done();
}

}  // namespace gateway::kafka
