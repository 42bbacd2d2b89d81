#include "fanout/catch_up.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gateway::fanout {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds at_once = 0ms;

CatchUp* take_first(std::deque<CatchUp*>& queue) {
    if (queue.empty()) return nullptr;
    CatchUp* first = queue.front();
    queue.pop_front();
    return first;
}

}  // namespace

void CatchUps::ask(CatchUp& who) {
    if (open_ < options_.limit) {
        ++open_;
        who.begin();
    } else if (CatchUp* idle = take_first(stalled_)) {
        idle->give_up();
        who.begin();
    } else {
        waiting_.push_back(&who);
    }
}

void CatchUps::stalled(CatchUp& who) {
    if (waiting_.empty()) {
        stalled_.push_back(&who);
    } else {
        who.give_up();
        --open_;
        next();
    }
}

void CatchUps::unstalled(CatchUp& who) { std::erase(stalled_, &who); }

void CatchUps::leave(CatchUp& who, bool is_open) {
    std::erase(waiting_, &who);
    std::erase(stalled_, &who);
    if (!is_open) return;
    --open_;
    next();
}

void CatchUps::next() {
    CatchUp* who = take_first(waiting_);
    if (!who) return;
    ++open_;
    who->begin();
}

CatchUp::CatchUp(asio::any_io_executor executor, Broker& broker, CatchUps& turns, Owner& owner)
    : executor_(std::move(executor)),
      broker_(broker),
      turns_(turns),
      owner_(owner),
      again_(executor_),
      idle_(executor_),
      done_(executor_) {}

CatchUp::~CatchUp() { turns_.leave(*this, state_ == State::reading || state_ == State::stalled); }

void CatchUp::start() { turns_.ask(*this); }

void CatchUp::begin() {
    state_ = State::reading;
    idle_.cancel();
    auto reader = broker_.open_reader(executor_, *this);
    if (!reader) return again_.set(turns_.options().reader_pause, [this] { begin(); });
    again_.cancel();
    reader_ = std::move(*reader);
    reader_->add(owner_.position());
    watch();
    check();
}

// Of a partition without a leader nothing comes for as long as that lasts.
void CatchUp::watch() {
    has_read_ = false;
    idle_.set(turns_.options().idle_turn, [this] {
        if (is_done_ || state_ != State::reading) return;
        if (has_read_ || !turns_.are_wanted()) return watch();
        turns_.leave(*this, true);
        reader_.reset();
        state_ = State::waiting;
        turns_.ask(*this);
    });
}

void CatchUp::give_up() {
    state_ = State::yielded;
    // It may be the reader that called.
    again_.set(at_once, [this] { reader_.reset(); });
}

void CatchUp::resume() {
    if (state_ == State::stalled) {
        turns_.unstalled(*this);
        state_ = State::reading;
        reader_->resume();
        watch();
    } else if (state_ == State::yielded) {
        state_ = State::waiting;
        turns_.ask(*this);
    }
}

void CatchUp::check() {
    if (is_done_ || !owner_.reaches_ring()) return;
    is_done_ = true;
    done_.set(at_once, [this] { owner_.enter_ring(); });
}

std::size_t CatchUp::records(std::span<const Record> records) {
    if (is_done_ || state_ != State::reading) return 0;
    has_read_ = true;
    const std::size_t taken = owner_.caught_up(records);
    check();
    if (taken < records.size() && !is_done_) {
        state_ = State::stalled;
        turns_.stalled(*this);
    }
    return taken;
}

void CatchUp::reached_end(const Position& position) {
    if (is_done_) return;
    owner_.passed(position);
    check();
}

void CatchUp::lost(const Lost& lost) {
    if (is_done_) return;
    owner_.caught_lost(lost);
    check();
}

void CatchUp::ended(const TopicPartition&, const Error& error) {
    if (is_done_) return;
    is_done_ = true;
    done_.set(at_once, [this, error] { owner_.catch_up_failed(error); });
}

}  // namespace gateway::fanout
