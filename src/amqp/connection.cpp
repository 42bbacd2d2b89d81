#include "amqp/connection.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "amqp/bytes.hpp"
#include "base/log.hpp"

namespace gateway::amqp {

namespace {

constexpr int frames_per_turn = 3000;  ///< Then what was posted has its turn.

}  // namespace

void Channel::send(amqp_method_number_t id, void* method) {
    if (connection_) connection_->link().send(number_, id, method);
}

Connection::Connection(const Options& options)
    : options_(options),
      guard_(asio::make_work_guard(io_)),
      socket_(io_),
      again_(io_),
      heartbeat_(io_),
      backoff_(options.min_backoff, options.max_backoff),
      random_(std::random_device{}()) {}

Connection::~Connection() { assert(!thread_.joinable()); }

void Connection::start() {
    find_logger();
    post([this] { connect(); });
    thread_ = std::thread([this] { io_.run(); });
}

void Connection::stop() {
    if (!thread_.joinable()) return;
    is_stopping_ = true;
    if (!state().is_up) link_.interrupt();
    post([this] {
        end_turn();
        io_.stop();
    });
    thread_.join();
    {
        const std::lock_guard lock(post_mutex_);
        is_closed_ = true;
    }
    // What was posted since holds its connection, which would hold it for ever.
    again_.cancel();
    heartbeat_.cancel();
    io_.restart();
    io_.poll();
    is_up_ = false;
    if (socket_.is_open()) socket_.release();
    link_.close();
    forget_slots();
    tell(false, "stopped");
}

Connection::State Connection::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void Connection::tell(bool is_up, std::string reason) {
    const std::lock_guard lock(mutex_);
    state_ = {is_up, std::move(reason)};
}

void Connection::connect() {
    if (is_stopping_) return;
    const Host& host = options_.hosts[host_];
    auto failure = link_.open(options_, host);
    if (failure) return failed(*failure);
    connected();
}

void Connection::connected() {
    if (failures_ > 0) spdlog::info("{}: connected again", options_.name);
    is_up_ = true;
    is_blocked_ = false;
    failures_ = 0;
    error_.reset();
    backoff_.reset();
    ++epoch_;
    max_channels_ = link_.max_channels();
    tell(true, {});
    socket_.assign(link_.socket());
    slots_.clear();
    slots_.resize(1);
    for (const auto& channel : std::vector(channels_)) open(channel);
    keep_heartbeat();
    receive();
}

void Connection::failed(const Failure& failure) {
    if (is_stopping_) return;
    if (failures_++ == 0) {
        spdlog::warn("{}: {}; trying again", options_.name, failure.reason);
    }
    error_ = Error(Errc::broker_unavailable, fmt::format("the broker \"{}\" cannot be reached: {}",
                                                         options_.name, failure.reason));
    tell(false, failure.reason);
    for (const auto& channel : std::vector(channels_)) {
        channel->lost(*error_, failure.is_permanent);
    }
    retry_later();
}

void Connection::lose(const Failure& failure) {
    if (!is_up_) return;
    is_up_ = false;
    is_blocked_ = false;
    is_waiting_ = false;
    ++epoch_;
    heartbeat_.cancel();
    socket_.release();
    link_.drop();
    touched_.clear();
    for (const auto& channel : channels_) channel->connection_ = nullptr;
    forget_slots();
    failed(failure);
}

// The hosts not tried yet are tried at once; only then it waits.
void Connection::retry_later() {
    host_ = (host_ + 1) % options_.hosts.size();
    const bool has_tried_all = failures_ % options_.hosts.size() == 0;
    std::uniform_real_distribution<double> share(0, 1);
    again_.expires_after(has_tried_all ? backoff_.next(share(random_)) : Backoff::Duration(0));
    again_.async_wait([this](std::error_code cancelled) {
        if (!cancelled) connect();
    });
}

void Connection::attach(std::shared_ptr<Channel> channel) {
    channels_.push_back(channel);
    if (is_up_) {
        open(channel);
    } else if (error_) {
        channel->lost(*error_, false);
    }
}

void Connection::open(const std::shared_ptr<Channel>& channel) {
    const auto free = std::find_if(slots_.begin() + 1, slots_.end(), [](const Slot& slot) {
        return !slot.channel && !slot.is_closing;
    });
    const auto number = static_cast<std::size_t>(free - slots_.begin());
    if (number > link_.max_channels()) {
        return channel->lost(
            Error(Errc::limit_reached,
                  fmt::format("the broker \"{}\" allows {} channels on a connection", options_.name,
                              link_.max_channels())),
            true);
    }
    if (free == slots_.end()) slots_.emplace_back();
    slots_[number].channel = channel;
    slots_[number].assembly.reset();
    slots_[number].is_there = false;
    channel->connection_ = this;
    channel->number_ = static_cast<std::uint16_t>(number);
    channel->send(AMQP_CHANNEL_OPEN_METHOD, amqp_channel_open_t{});
    channel->opened();
}

std::shared_ptr<Channel> Connection::owner_of(const Channel& channel) const {
    const auto found =
        std::ranges::find_if(channels_, [&](const auto& each) { return each.get() == &channel; });
    return found == channels_.end() ? nullptr : *found;
}

void Connection::forget_slots() {
    for (Slot& slot : std::exchange(slots_, {})) {
        if (slot.done) slot.done();
    }
}

void Connection::detach(Channel& channel, std::function<void()> done) {
    const auto owner = owner_of(channel);
    std::erase(touched_, owner);
    std::erase(channels_, owner);
    if (!owner || !channel.is_open()) {
        if (done) done();
        return;
    }
    Slot& slot = slots_[channel.number_];
    slot.channel.reset();
    slot.is_closing = true;
    slot.done = std::move(done);
    amqp_channel_close_t close{};
    close.reply_code = AMQP_REPLY_SUCCESS;
    channel.send(AMQP_CHANNEL_CLOSE_METHOD, close);
    channel.connection_ = nullptr;
}

void Connection::restart(Channel& channel) {
    post([this, weak = std::weak_ptr(owner_of(channel))] {
        const auto owner = weak.lock();
        if (!owner || owner_of(*owner) != owner) return;
        detach(*owner);
        attach(owner);
    });
}

void Connection::reopen(Channel& channel) {
    if (!is_up_ || channel.is_open()) return;
    if (const auto owner = owner_of(channel)) open(owner);
}

void Connection::touch(Channel& channel) {
    if (!touched_.empty() && touched_.back().get() == &channel) return;
    const auto& owner = slots_[channel.number_].channel;
    if (std::ranges::find(touched_, owner) == touched_.end()) touched_.push_back(owner);
}

void Connection::when_writable(std::function<void()> work) {
    socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                       [this, epoch = epoch_, work = std::move(work)](std::error_code error) {
                           if (error || epoch != epoch_) return;
                           work();
                           end_turn();
                       });
}

void Connection::wait_readable() {
    if (std::exchange(is_waiting_, true)) return;
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this, epoch = epoch_](std::error_code error) {
                           if (error || epoch != epoch_) return;
                           is_waiting_ = false;
                           receive();
                       });
}

void Connection::receive() {
    amqp_frame_t frame;
    for (int i = 0; i < frames_per_turn && is_up_; ++i) {
        switch (link_.receive(frame)) {
            case Link::Got::frame:
                take(frame);
                continue;
            case Link::Got::nothing:
                end_turn();
                if (is_up_) wait_readable();
                return;
            case Link::Got::lost:
                return end_turn();
        }
    }
    end_turn();
    if (!is_up_) return;
    post([this, epoch = epoch_] {
        if (epoch == epoch_) receive();
    });
}

// rabbitmq-c sends and checks heartbeats when it is asked for frames. What it has read by then it
// has to give out at once: the socket will not be readable again for it. Where nobody waits for the
// socket, it is asked anyway.
void Connection::keep_heartbeat() {
    heartbeat_.expires_after(std::chrono::milliseconds(options_.heartbeat) / 3);
    heartbeat_.async_wait([this, epoch = epoch_](std::error_code cancelled) {
        if (cancelled || epoch != epoch_) return;
        if (is_waiting_) receive();
        if (is_up_) keep_heartbeat();
    });
}

Connection::Slot* Connection::find(std::uint16_t number) {
    return number < slots_.size() ? &slots_[number] : nullptr;
}

void Connection::take(amqp_frame_t& frame) {
    if (frame.channel == 0) {
        if (frame.frame_type == AMQP_FRAME_METHOD) take_own(frame.payload.method);
        if (is_up_) link_.release(0);
        return;
    }
    Slot* slot = find(frame.channel);
    if (!slot) return;
    switch (frame.frame_type) {
        case AMQP_FRAME_METHOD:
            take_method(*slot, frame.channel, frame.payload.method);
            break;
        case AMQP_FRAME_HEADER:
            hand_over(*slot, slot->assembly.add_header(*static_cast<amqp_basic_properties_t*>(
                                                           frame.payload.properties.decoded),
                                                       frame.payload.properties.body_size));
            break;
        case AMQP_FRAME_BODY:
            hand_over(*slot, slot->assembly.add_body(to_view(frame.payload.body_fragment)));
            break;
        default:
            break;
    }
    if (!is_up_) return;
    slot = find(frame.channel);
    if (slot && !slot->assembly.is_under_way()) link_.release(frame.channel);
}

void Connection::take_own(const amqp_method_t& method) {
    if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const auto& close = *static_cast<amqp_connection_close_t*>(method.decoded);
        const Failure failure = failure_of(close.reply_code, to_view(close.reply_text));
        amqp_connection_close_ok_t ok{};
        link_.send(0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
        return lose(failure);
    }
    const bool is_blocked = method.id == AMQP_CONNECTION_BLOCKED_METHOD;
    if (!is_blocked && method.id != AMQP_CONNECTION_UNBLOCKED_METHOD) return;
    if (is_blocked != is_blocked_) {
        spdlog::warn("{}: the broker {}", options_.name,
                     is_blocked ? "is low on memory or disk and takes nothing for now"
                                : "takes messages again");
    }
    is_blocked_ = is_blocked;
    for (const auto& channel : std::vector(channels_)) channel->blocked(is_blocked);
}

void Connection::take_method(Slot& slot, std::uint16_t number, const amqp_method_t& method) {
    switch (method.id) {
        case AMQP_BASIC_DELIVER_METHOD:
        case AMQP_BASIC_RETURN_METHOD:
            slot.assembly.begin(method);
            return;
        case AMQP_CHANNEL_CLOSE_METHOD:
            return close_channel(slot, number, *static_cast<amqp_channel_close_t*>(method.decoded));
        case AMQP_CHANNEL_OPEN_OK_METHOD:
            slot.is_there = true;
            return;
        case AMQP_CHANNEL_CLOSE_OK_METHOD:
            slot.is_closing = false;
            slot.assembly.reset();
            if (const auto done = std::exchange(slot.done, nullptr)) done();
            return;
        default:
            if (const auto channel = slot.channel) channel->answered(method);
    }
}

void Connection::close_channel(Slot& slot, std::uint16_t number,
                               const amqp_channel_close_t& close) {
    // RabbitMQ says so for each method that it refuses: what comes late is of a former channel.
    if (!slot.is_closing && (!slot.channel || !slot.is_there)) return;
    slot.is_there = false;
    const Closing closing{
        .code = close.reply_code,
        .cause = static_cast<amqp_method_number_t>(close.class_id) << 16 | close.method_id,
        .text = std::string(to_view(close.reply_text))};
    amqp_channel_close_ok_t ok{};
    link_.send(number, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
    // Where both close at once, the broker still answers ours.
    slot.assembly.reset();
    const auto channel = std::exchange(slot.channel, nullptr);
    if (!channel) return;
    channel->connection_ = nullptr;
    std::erase(touched_, channel);
    channel->closed(closing);
}

void Connection::hand_over(Slot& slot, const Content* content) {
    const auto channel = slot.channel;
    if (content && channel) channel->arrived(*content);
}

void Connection::end_turn() {
    while (!touched_.empty()) {
        for (const auto& channel : std::exchange(touched_, {})) channel->turn_ended();
    }
    if (is_up_ && link_.is_lost()) lose(link_.loss());
}

}  // namespace gateway::amqp
