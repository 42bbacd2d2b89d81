#pragma once

namespace gateway {

/// What a broker can do beyond passing records on. By default it is a log, such as Kafka; what is
/// false is refused with not_supported before the broker is asked for it.
struct Capabilities {
    /// Records keep their offsets and can be read again: every Start, cursors, PartitionReaders
    /// from any place, snapshots. Without them the one Start is FromLatest, offsets count what one
    /// consumer or reader was given, and a report's offset is -1.
    bool positions = true;

    /// Topics have as many partitions as one wants, and members of a group share those. Without
    /// them a topic has partition 0 alone, and its records are shared one by one.
    bool partitions = true;

    bool topic_settings = true;  ///< TopicSpec's replication and config.
    bool patterns = true;        ///< Consumer::Options::follows.
    bool exchanges = false;      ///< Destination::exchange.
};

}  // namespace gateway
