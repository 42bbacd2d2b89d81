#include "kafka/probe.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience = 2s;       ///< With one question.
constexpr std::chrono::milliseconds while_down = 500ms;  ///< Between questions.

// "HOST:PORT/bootstrap: Connect to ipv4#HOST:PORT failed: Connection refused (after 0ms in state
// CONNECT)": what an operator asks for stands behind "failed: ".
std::string cause_in(std::string_view text) {
    constexpr std::string_view before = "failed: ";
    const auto start = text.find(before);
    if (start == std::string_view::npos) return std::string(text);
    text.remove_prefix(start + before.size());
    return std::string(text.substr(0, text.find(" (after")));
}

}  // namespace

Probe::Probe(const Properties& properties, Workers& workers, std::chrono::milliseconds interval)
    : servers_(properties.servers()),
      interval_(interval),
      strand_(workers.strand()),
      timer_(strand_) {
    std::string reason;
    handle_ = open_handle(RD_KAFKA_PRODUCER, properties.control(), reason);
    if (!handle_) throw std::runtime_error(fmt::format("kafka: {}", reason));
    finding_.reason = fmt::format("{} has not been asked yet", servers_);
}

void Probe::start() {
    asio::post(strand_, [this] { ask(); });
}

void Probe::stop() {
    asio::post(strand_, [this] {
        stopped_ = true;
        timer_.cancel();
    });
}

Probe::Finding Probe::finding() const {
    const std::lock_guard lock(mutex_);
    return finding_;
}

void Probe::ask() {
    if (stopped_) return;

    // Names no topic, so it creates none.
    const rd_kafka_metadata_t* answer = nullptr;
    const auto code =
        rd_kafka_metadata(handle_.get(), 0, nullptr, &answer, static_cast<int>(patience.count()));
    const Metadata metadata(answer);
    const bool up = code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->broker_cnt > 0;

    Finding found{.up = up, .reason = {}};
    const std::string error = last_error();
    if (!up) {
        found.reason = fmt::format("no broker of {} answers: {}", servers_,
                                   error.empty() ? rd_kafka_err2str(code) : error);
    }
    {
        const std::lock_guard lock(mutex_);
        std::swap(finding_, found);
    }
    if (up && !found.up) spdlog::info("kafka: {} answers", servers_);
    if (!up && found.up) spdlog::warn("kafka: {}", finding().reason);
    ask_after(up ? interval_ : std::min(interval_, while_down));
}

void Probe::ask_after(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this](std::error_code error) {
        if (!error) ask();
    });
}

std::string Probe::last_error() {
    const Queue queue(rd_kafka_queue_get_main(handle_.get()));
    while (const Event event{rd_kafka_queue_poll(queue.get(), 0)}) {
        // "All brokers are down" follows the error that says why.
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR &&
            rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
            error_ = cause_in(rd_kafka_event_error_string(event.get()));
        }
    }
    return error_;
}

}  // namespace gateway::kafka
