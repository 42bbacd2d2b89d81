#include "gateway/pushes.hpp"

#include <utility>

#include "wire/push.hpp"

namespace gateway {
namespace {

/// A frame of this size takes no further command.
constexpr std::size_t full_frame = 64 << 10;

}  // namespace

Pushes::Pushes(Outlet& outlet, const PushOptions& options, Counters& counters)
    : outlet_(outlet), options_(options), counters_(counters) {}

void Pushes::add_events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) {
    add({.kind = Kind::events, .count = count, .frame = frame});
}

void Pushes::add_change(std::string message) {
    add({.kind = Kind::change, .text = std::move(message)});
}

void Pushes::add_command(std::string message) {
    add({.kind = Kind::command, .text = std::move(message)});
}

void Pushes::add(Push push) {
    const std::size_t bytes = push.bytes();
    if (push.kind == Kind::command) {
        command_bytes_ += bytes;
    } else {
        const bool fits = count_ < options_.max_waiting &&
                          (count_ == 0 || bytes_ + bytes <= options_.max_waiting_bytes);
        if (!fits) return leave_out(push.kind, push.count);
        bytes_ += bytes;
        ++count_;
    }
    const bool may_wait = push.kind == Kind::command;
    waiting_.push_back(std::move(push));
    // Commands that come while one is on its way travel together: a write each is most of what
    // they cost.
    if (!may_wait || !outlet_.is_under_way() || is_too_slow()) flush();
}

void Pushes::add_further_commands(std::string& text) {
    bool is_array = false;
    while (!waiting_.empty() && waiting_.front().kind == Kind::command &&
           text.size() < full_frame) {
        if (!std::exchange(is_array, true)) text.insert(0, 1, '[');
        const Push& next = waiting_.front();
        command_bytes_ -= next.bytes();
        (text += ',') += next.text;
        waiting_.pop_front();
    }
    if (is_array) text += ']';
}

void Pushes::leave_out(Kind kind, std::size_t count) {
    // What came since the last gap of this kind is of another, and stands where it belongs.
    for (auto last = waiting_.rbegin(); last != waiting_.rend(); ++last) {
        if (last->kind != kind) continue;
        if (!last->is_gap()) break;
        last->count += count;
        return;
    }
    waiting_.push_back({.kind = kind, .count = count});
}

void Pushes::flush() {
    while (!waiting_.empty() && outlet_.has_room()) {
        Push push = std::move(waiting_.front());
        waiting_.pop_front();
        if (push.is_gap()) {
            outlet_.push(text_of_gap(push));
            continue;
        }
        if (push.kind == Kind::command) {
            command_bytes_ -= push.bytes();
            add_further_commands(push.text);
        } else {
            bytes_ -= push.bytes();
            --count_;
        }
        if (push.frame) {
            outlet_.push_shared(push.frame);
        } else {
            outlet_.push(std::move(push.text));
        }
    }
}

std::string Pushes::text_of_gap(const Push& gap) {
    const std::uint64_t id = counters_.notification_ids++;
    std::string text;
    if (gap.kind == Kind::events) {
        text += '[';
        append_event_gap(text, id, gap.count);
        text += ']';
    } else {
        append_service_gap(text, id, gap.count);
    }
    return text;
}

void Pushes::clear() {
    waiting_.clear();
    bytes_ = count_ = command_bytes_ = 0;
}

}  // namespace gateway
