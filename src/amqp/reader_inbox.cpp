#include "amqp/reader_inbox.hpp"

namespace gateway::amqp {

void ReaderInbox::send(const std::string& topic, Stay stay, Item item) {
    asio::post(executor_,
               [self = shared_from_this(), now = Waiting{topic, stay, std::move(item)}]() mutable {
                   if (!self->events_) return;
                   self->waiting_.push_back(std::move(now));
                   self->go_on();
               });
}

ReaderInbox::Stay ReaderInbox::stay_of(const std::string& topic) const {
    const auto found = stays_.find(topic);
    return found == stays_.end() ? 0 : found->second;
}

bool ReaderInbox::is_read(const Waiting& each) const { return stay_of(each.topic) == each.stay; }

void ReaderInbox::go_on() {
    if (is_handing_over_) return;
    is_handing_over_ = true;
    while (events_ && !is_stopped_ && !waiting_.empty()) {
        // Out of the queue, so that it lives on where the call ends this reader.
        Waiting now = std::move(waiting_.front());
        waiting_.pop_front();
        if (is_read(now) && !hand_over(now)) {
            is_stopped_ = true;
            waiting_.push_front(std::move(now));
        }
    }
    is_handing_over_ = false;
}

bool ReaderInbox::hand_over(Waiting& now) {
    if (const auto* lost = std::get_if<Lost>(&now.item)) {
        events_->lost(*lost);
        return true;
    }
    if (const auto* end = std::get_if<Position>(&now.item)) {
        events_->reached_end(*end);
        return true;
    }
    if (const auto* ended = std::get_if<Ended>(&now.item)) {
        stays_.erase(now.topic);
        events_->ended(ended->partition, ended->error);
        return true;
    }
    const auto& batch = *std::get<std::shared_ptr<const Batch>>(now.item);
    const auto rest = batch.records().subspan(now.taken);
    const std::size_t taken = events_->records(rest);
    now.taken += taken;
    if (!events_) return true;
    const bool is_whole = taken == rest.size();
    if (taken > 0 && is_read(now)) {
        on_taken_(now.topic, now.stay, batch.records()[now.taken - 1].offset + 1,
                  is_whole ? batch.bytes() : 0);
    }
    return is_whole;
}

void ReaderInbox::resume() {
    if (!std::exchange(is_stopped_, false)) return;
    asio::post(executor_, [self = shared_from_this()] { self->go_on(); });
}

}  // namespace gateway::amqp
