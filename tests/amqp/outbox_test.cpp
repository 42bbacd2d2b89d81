#include "amqp/outbox.hpp"

#include <array>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

namespace gateway::amqp {

namespace {

constexpr Outbox::Limits limits{.records = 100, .bytes = 1000, .total_bytes = 1500};

/// A producer's half, and what it was told.
class Box final : public Producer::Events {
public:
    Box(asio::io_context& io, const std::shared_ptr<Traffic>& traffic)
        : io_(io), outbox_(std::make_shared<Outbox>(io.get_executor(), *this, limits, traffic)) {}
    ~Box() {
        if (!has_ended_) outbox_->end();
    }

    /// Records of one byte each that are under way from now on.
    void add(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) outbox_->add(cost);
    }

    /// All that fit.
    std::size_t fill() {
        std::size_t count = 0;
        while (outbox_->has_room(cost)) {
            outbox_->add(cost);
            ++count;
        }
        outbox_->refused();
        return count;
    }

    void settle(std::size_t count) {
        std::vector<Outbox::Settled> settled;
        for (std::size_t i = 0; i < count; ++i) settled.push_back({block(), 0, std::nullopt});
        Outbox::post(outbox_, std::move(settled));
        io_.restart();
        io_.run();
    }

    void end() {
        has_ended_ = true;
        outbox_->end();
    }

    [[nodiscard]] std::size_t reports() const { return reports_; }
    [[nodiscard]] std::size_t rooms() const { return rooms_; }

    static std::shared_ptr<const Block> block() {
        return std::make_shared<const Block>(std::span(&record, 1), 0, Block::Time());
    }

    static constexpr OutgoingRecord record{.topic = "t", .value = "v"};
    static inline const std::size_t cost = Block::cost(record);

private:
    void reported(std::span<const Producer::Report> reports) override {
        reports_ += reports.size();
    }
    void room() override { ++rooms_; }

    asio::io_context& io_;
    std::shared_ptr<Outbox> outbox_;
    bool has_ended_ = false;
    std::size_t reports_ = 0;
    std::size_t rooms_ = 0;
};

TEST_CASE("a producer is full at its own bytes, and has room again when half are settled") {
    asio::io_context io;
    Box box(io, std::make_shared<Traffic>());
    const std::size_t count = box.fill();
    CHECK(count == limits.bytes / Box::cost);
    box.settle(1);
    CHECK(box.rooms() == 0);
    box.settle(count - count / 2);
    CHECK(box.rooms() == 1);
    CHECK(box.reports() == count - count / 2 + 1);
}

TEST_CASE("all producers together are full at the total, whoever has how much of it") {
    asio::io_context io;
    const auto traffic = std::make_shared<Traffic>();
    Box first(io, traffic);
    Box second(io, traffic);
    const std::size_t of_first = first.fill();
    const std::size_t of_second = second.fill();
    CHECK(of_second < of_first);
    CHECK(of_first + of_second == limits.total_bytes / Box::cost);
    CHECK(traffic->bytes <= limits.total_bytes);

    first.settle(of_first);
    CHECK(first.rooms() == 1);
    CHECK(second.fill() > 0);
}

TEST_CASE("a producer that has nothing under way has room for one record, however full all are") {
    asio::io_context io;
    const auto traffic = std::make_shared<Traffic>();
    traffic->bytes = limits.total_bytes;
    Box box(io, traffic);
    CHECK(box.fill() == 1);
    box.settle(1);
    CHECK(box.rooms() == 1);
    CHECK(traffic->bytes == limits.total_bytes);
}

TEST_CASE("what an ended producer has under way counts until it is settled") {
    asio::io_context io;
    const auto traffic = std::make_shared<Traffic>();
    Box box(io, traffic);
    box.add(3);
    box.end();
    CHECK(traffic->bytes == 3 * Box::cost);
    CHECK(traffic->orphans == 1);
    box.settle(3);
    CHECK(traffic->bytes == 0);
    CHECK(traffic->orphans == 0);
    CHECK(box.reports() == 0);
}

}  // namespace

}  // namespace gateway::amqp
