#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "broker/start.hpp"
#include "filter/filter.hpp"
#include "gateway/broadcast.hpp"
#include "gateway/selection.hpp"
#include "kasocki/message.hpp"

namespace gateway {
struct Shard;
}

namespace gateway::kasocki {

/// The records that one client is subscribed to, filtered and made messages, as fast as it takes
/// them.
class Stream final : private Broadcast::Events {
public:
    struct Options {
        std::vector<std::string> topics{};
        Start start = FromLatest{};

        /// Only these of the topics' partitions; empty: all.
        std::vector<TopicPartition> partitions{};
    };

    class Owner {
    public:
        /// What is sent from now on is received. Called once, before any message.
        virtual void stream_live() = 0;

        /// Whether it would take a message now; once it would again, it calls `go_on`.
        [[nodiscard]] virtual bool takes_message() const = 0;

        /// A message, which ends with the call.
        virtual void message(std::string_view json) = 0;

        /// A record that it lets through is no message. It is passed over.
        virtual void not_a_message(const Record& record) = 0;

        /// Records that were to come are not kept any more.
        virtual void stream_lost(const Lost& lost) = 0;

        /// Nothing follows. The owner may destroy it, though not within the call.
        virtual void stream_failed(const Error& error) = 0;

    protected:
        ~Owner() = default;
    };

    /// What is passed by reference must outlive it.
    Stream(Shard& shard, Options options, MessageWriter& writer, Owner& owner);

    /// Fails with what Broadcasts::open says.
    [[nodiscard]] std::optional<Error> open();

    void go_on();

    /// From the next record on. It may have conditions on what messages have beside their record's
    /// value. Null lets everything through.
    void set_filter(std::shared_ptr<const Filter> filter);

    [[nodiscard]] bool is_over() const { return is_over_; }

private:
    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    [[nodiscard]] bool frame(const std::shared_ptr<const SharedFrame>& frame,
                             std::span<const Range> ranges) override;
    void lost(const Lost& lost) override;
    void snapshot_ended() override {}
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override;

    [[nodiscard]] bool is_assigned(std::string_view topic, std::int32_t partition) const;
    [[nodiscard]] bool lets_through(const Record& record);
    void hand_over(const Record& record);

    Shard& shard_;
    Options options_;
    MessageWriter& writer_;
    Owner& owner_;
    Selection selection_;
    bool filters_messages_ = false;  ///< Not values: it may ask for what the writer adds.
    bool is_stopped_ = false;        ///< The broadcast waits for `resume`.
    bool is_over_ = false;
    std::unique_ptr<Broadcast> broadcast_;
};

}  // namespace gateway::kasocki
