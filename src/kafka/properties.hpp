#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "kafka/handle.hpp"
#include "kafka/log.hpp"
#include "kafka/loss.hpp"
#include "kafka/options.hpp"

namespace gateway::kafka {

/// librdkafka's configuration for each kind of handle: our defaults, over them the user's common
/// properties, over those the ones for producers or consumers.
///
/// Any thread may call.
class Properties {
public:
    /// Throws std::runtime_error naming the key as the user wrote it and librdkafka's reason, for
    /// a property that does not exist, has a bad value or is not the user's to set.
    ///
    /// It must outlive every handle opened with it: they write their log through it.
    explicit Properties(const Options& options);

    [[nodiscard]] Conf producer() const;
    [[nodiscard]] Conf consumer(const std::string& group) const;

    /// A consumer without a group, which tells each end that it reaches.
    [[nodiscard]] Conf reader() const;

    /// For asking about the cluster: no records pass through it. It sees partitions end where
    /// consumers do.
    [[nodiscard]] Conf control() const;

    /// Whether a subscription may create its topics, where the broker does that.
    [[nodiscard]] bool creates_topics() const;

    /// How long the broker keeps a member's place that is not heard of.
    [[nodiscard]] std::chrono::milliseconds session_timeout() const;

    /// What a reader or a member does where its place is gone. librdkafka itself only tells.
    [[nodiscard]] OffsetReset offset_reset() const { return offset_reset_; }

    /// `kafka.bootstrap.servers`.
    [[nodiscard]] const std::string& servers() const { return servers_; }

private:
    std::unique_ptr<Log> log_;
    std::string servers_;
    OffsetReset offset_reset_ = OffsetReset::earliest;
    Conf control_;
    Conf producer_;
    Conf consumer_;
    Conf reader_;  ///< Without events: errors of connections are in the log.
};

/// Opens a handle; on failure the result is empty and `reason` says why.
[[nodiscard]] Handle open_handle(rd_kafka_type_t type, Conf conf, std::string& reason);

}  // namespace gateway::kafka
