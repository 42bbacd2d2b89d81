#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "fanout/fanout.hpp"
#include "fanout/scripted_broker.hpp"

namespace gateway::fanout {

/// A frame whose text a test can read.
struct ReadableFrame final : SharedFrame {
    explicit ReadableFrame(std::string text) : kept(std::move(text)) {}
    [[nodiscard]] std::string_view text() const override { return kept; }

    std::string kept;
};

/// The values of "t", partition 0, from one offset up to before another.
[[nodiscard]] std::vector<std::string> values(std::int64_t from, std::int64_t to);

/// A subscriber as gateway/ has it: what it gets, and how much of it, the test says.
class Listener final : private Broadcast::Events {
public:
    /// How many records of those offered it takes; a frame counts as one.
    std::function<std::size_t(std::size_t offered)> appetite = [](std::size_t all) { return all; };

    Listener(Fanout& fanout, Broker& broker, Broadcasts::Options options);

    [[nodiscard]] bool is_live() const { return starts_.has_value(); }
    [[nodiscard]] const std::vector<Position>& starts() const { return *starts_; }

    /// The values it got of one partition, in order; a tombstone as "-".
    [[nodiscard]] const std::vector<std::string>& of(const std::string& topic,
                                                     std::int32_t partition) {
        return got_[{topic, partition}];
    }
    [[nodiscard]] std::vector<std::string> all() const;
    [[nodiscard]] std::size_t frames() const { return frames_; }
    [[nodiscard]] const std::vector<Lost>& losses() const { return losses_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

    /// How many records it had when the snapshot ended.
    [[nodiscard]] const std::optional<std::size_t>& snapshot() const { return snapshot_; }

    void resume() { broadcast_->resume(); }
    void change(std::optional<View> view);
    [[nodiscard]] Cursor position() const { return broadcast_->position(); }

private:
    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    [[nodiscard]] bool frame(const std::shared_ptr<const SharedFrame>& frame,
                             std::span<const Range> ranges) override;
    void snapshot_ended() override;
    void lost(const Lost& lost) override;
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override;

    [[nodiscard]] bool sees(const Record& record) const;
    void keep(const std::string& topic, std::int32_t partition, std::string value);

    std::optional<View> view_;
    std::optional<std::vector<Position>> starts_;
    std::map<std::pair<std::string, std::int32_t>, std::vector<std::string>> got_;
    std::vector<std::string> all_;
    std::vector<Lost> losses_;
    std::optional<std::size_t> snapshot_;
    std::optional<Error> error_;
    std::size_t frames_ = 0;
    std::unique_ptr<Broadcast> broadcast_;
};

/// A broker that reads when told, its trunk, and two shards, all on this thread.
class Stage {
public:
    explicit Stage(fanout::Options options = quick());
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    /// Nothing waits for a clock.
    [[nodiscard]] static fanout::Options quick();

    [[nodiscard]] std::unique_ptr<Listener> listen(Broadcasts::Options options,
                                                   std::size_t shard = 0);

    /// Runs what is posted, without reading.
    void settle();

    /// So many were encoded for all.
    [[nodiscard]] std::uint64_t encoded() const { return counters_.notification_ids; }

    void stop_hub() { trunks_.front()->stop(); }

    /// Nothing is posted.
    [[nodiscard]] bool is_idle() {
        io_.restart();
        return io_.poll() == 0;
    }

    /// Runs and reads until nothing more happens.
    void run();

    /// The same, reading between any two things that are posted.
    void run_interleaved();

    /// The same until whatever timer was set before, for no longer, has expired and done its work.
    void run_past(std::chrono::milliseconds pause);

    /// The same again and again until it is so, for what a timer brings about.
    template <typename Condition>
    [[nodiscard]] bool run_until(Condition is_so) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!is_so()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            run();
        }
        return true;
    }

    ScriptedBroker broker;

private:
    fanout::Options options_;
    Counters counters_;
    asio::io_context io_;
    std::vector<std::unique_ptr<Trunk>> trunks_;
    std::vector<std::unique_ptr<Fanout>> shards_;
};

}  // namespace gateway::fanout
