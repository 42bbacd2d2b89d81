#include "broker/sender.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace gateway::contract {

Sender::Sender(Stage& stage)
    : stage_(stage), producer_(stage.broker().open_producer(stage.io().get_executor(), *this)) {}

Producer::Sent Sender::send(std::span<const OutgoingRecord> records) {
    inside_ = true;
    auto sent = producer_->send(records);
    inside_ = false;
    return sent;
}

std::vector<Sender::Fate> Sender::deliver(std::vector<OutgoingRecord> records) {
    const std::uint32_t first = next_token_;
    for (auto& record : records) record.token = next_token_++;
    const auto sent = send(records);
    REQUIRE_FALSE(sent.error.has_value());
    REQUIRE(sent.taken == records.size());

    const std::size_t before = reports_.size();
    REQUIRE(stage_.run_until([&] { return reports_.size() == before + records.size(); }));
    std::vector<Fate> fates(reports_.begin() + static_cast<std::ptrdiff_t>(before), reports_.end());
    std::ranges::sort(fates, {}, &Fate::token);
    for (std::size_t i = 0; i < fates.size(); ++i) REQUIRE(fates[i].token == first + i);
    return fates;
}

Sender::Fate Sender::fate_of(const OutgoingRecord& record) {
    const std::size_t before = reports_.size();
    auto rooms = rooms_;
    auto sent = send({&record, 1});
    while (sent.error && sent.error->code == Errc::queue_full) {
        REQUIRE(stage_.run_until([&] { return rooms_ > rooms; }));
        rooms = rooms_;
        sent = send({&record, 1});
    }
    if (sent.error) {
        CHECK(sent.taken == 0);
        return {.token = record.token,
                .topic = std::string(record.topic),
                .partition = record.partition,
                .offset = -1,
                .error = sent.error->code};
    }
    CHECK(sent.taken == 1);
    REQUIRE(stage_.run_until([&] { return reports_.size() > before; }));
    CHECK(reports_[before].token == record.token);
    return reports_[before];
}

void Sender::count(const std::string& topic, std::int32_t partition, int first, int last) {
    std::vector<std::string> values;
    for (int i = first; i < last; ++i) values.push_back(std::to_string(i));

    std::vector<OutgoingRecord> records;
    for (const auto& value : values) {
        records.push_back({.topic = topic,
                           .key = std::nullopt,
                           .value = value,
                           .headers = {},
                           .partition = partition,
                           .timestamp = std::nullopt});
    }
    const auto fates = deliver(std::move(records));
    for (std::size_t i = 0; i < fates.size(); ++i) {
        REQUIRE_FALSE(fates[i].error.has_value());
        REQUIRE(fates[i].offset == stage_.reported(first + static_cast<std::int64_t>(i)));
    }
}

void Sender::reported(std::span<const Producer::Report> reports) {
    check_event();
    CHECK_FALSE(reports.empty());
    for (const auto& report : reports) {
        reports_.push_back(
            {.token = report.token,
             .topic = std::string(report.topic),
             .partition = report.partition,
             .offset = report.offset,
             .error = report.error ? std::optional(report.error->code) : std::nullopt});
    }
}

void Sender::room() {
    check_event();
    ++rooms_;
}

void Sender::check_event() const {
    CHECK_FALSE(inside_);
    CHECK(producer_ != nullptr);
    CHECK(stage_.io().get_executor().running_in_this_thread());
}

}  // namespace gateway::contract
