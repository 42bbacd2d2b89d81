#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "broker/consumer.hpp"
#include "broker/start.hpp"
#include "gateway/connection.hpp"
#include "gateway/range.hpp"
#include "gateway/view.hpp"

namespace gateway {

/// A subscription that gets everything from where it starts: no group and no commits, served by
/// one reader for all.
///
/// A Consumer whose `commit` does nothing and whose events never say `revoked`.
class Broadcast : public Consumer {
public:
    class Events : public Consumer::Events {
    public:
        /// Notifications, encoded for all who share the view. False if it did not take the frame:
        /// nothing else arrives until `resume()`, which then begins with the same records.
        /// `ranges` is what the frame passes over, what the view leaves out included.
        [[nodiscard]] virtual bool frame(const std::shared_ptr<const SharedFrame>& frame,
                                         std::span<const Range> ranges) = 0;

        /// The snapshot is complete; what follows is live.
        virtual void snapshot_ended() = 0;

    protected:
        ~Events() = default;
    };

    /// Records that were not handed over yet are seen so from now on; absent as in
    /// Broadcasts::Options.
    virtual void change(std::optional<View> view) = 0;

    /// The offset in each partition before which everything was handed over or is not seen by the
    /// view. Not within an event.
    [[nodiscard]] virtual Cursor position() const = 0;
};

/// Opens broadcasts for the sessions of one shard, on its thread alone.
class Broadcasts {
public:
    struct Options {
        std::vector<std::string> topics{};                ///< May be empty where `follows` is set.
        std::function<bool(std::string_view)> follows{};  ///< As Consumer::Options has it.
        Start start = FromLatest{};

        /// First the newest record of each key in each partition, up to the end that there is,
        /// tombstones left out. `start` is not looked at.
        bool snapshot = false;

        /// Absent: all come by `records`, whatever their filter and keys; the owner encodes them.
        /// Present: by `records` as well as by `frame`, as it comes cheaper; `records` still holds
        /// what the view leaves out.
        std::optional<View> view{};
    };

    virtual ~Broadcasts() = default;

    /// `events` must outlive the broadcast. Fails with what PartitionReader and Broker::locate say,
    /// most of it later, by `failed`.
    [[nodiscard]] virtual Result<std::unique_ptr<Broadcast>> open(Broker& broker, Options options,
                                                                  Broadcast::Events& events) = 0;
};

}  // namespace gateway
