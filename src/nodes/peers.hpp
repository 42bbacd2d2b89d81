#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "broker/record.hpp"
#include "nodes/announcement.hpp"

namespace gateway::nodes {

/// The other servers, by what they told last. One that was silent for three of its intervals is
/// forgotten. Pure; not thread-safe.
class Peers {
public:
    struct Peer {
        Announcement told;
        Timestamp seen = 0;      ///< When.
        Timestamp deadline = 0;  ///< When it is forgotten.
    };
    static constexpr Timestamp intervals_of_silence = 3;

    using All = std::map<std::string, Peer, std::less<>>;  ///< By their processes.

    /// No more than `limit` are remembered.
    explicit Peers(std::size_t limit) : limit_(limit) {}

    /// What an announcement changed. Of servers with one queue only the one that started last is
    /// remembered: it has come back under its name, and its clients alone are reached there.
    enum class Change : std::uint8_t { none, is_new, is_one_too_many };
    Change tell(const Announcement& told, Timestamp now);

    /// Its queue is gone, and so is it.
    void forget(std::string_view process);

    void expire(Timestamp now);

    /// For so many milliseconds nobody could be heard: they do not count as silence.
    void excuse(Timestamp time);

    [[nodiscard]] const Peer* find(std::string_view process) const;
    [[nodiscard]] const All& all() const { return all_; }

private:
    [[nodiscard]] bool is_replaced(const Announcement& told) const;

    std::size_t limit_;
    All all_;
};

/// Appends an element of `node`/`list`.
void append_peer(std::string& out, const Peers::Peer& peer, bool is_self);

}  // namespace gateway::nodes
