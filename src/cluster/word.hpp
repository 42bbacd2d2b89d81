#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "filter/outline.hpp"
#include "services/job.hpp"

namespace gateway::cluster {

/// What one node tells another, in the queue that the other consumes: a line of JSON, and the body
/// as it is behind it.
struct Word {
    enum class What : std::uint8_t {
        hello,      ///< `queue`, `seen`: a life begins, or is told again.
        job,        ///< `job`, `attempt`, `service`, `command`, `timeout`, body: do this.
        recall,     ///< `job`, `attempt`, `service`, `why`: its answer is not wanted.
        progress,   ///< `job`, `attempt`, `service`, body; and so of all that follow.
        answer,     ///< With `is_failure`, body.
        give_back,  ///< With `version`: it was not begun, by nobody there.
        give_up,    ///< Its worker does not answer.
        ask,        ///< `question`, `verb`, `job`, `is_failure`, body: of a job of the receiver's.
        told,       ///< `question`, `refusal` or `view` or neither: that is what it says to it.
    };
    enum class Verb : std::uint8_t { answer, progress, cancel, find };

    What what{};
    std::string from{};        ///< Processes.
    std::string to{};          ///< Others of the same name drop it.
    std::uint64_t life = 0;    ///< Of the link, as its sender has it,
    std::uint64_t number = 0;  ///< and in that.

    std::string queue{};  ///< That the sender consumes.
    std::uint64_t seen =
        0;  ///< The receiver's life, as far as the sender has heard; 0: it has not.
    services::Uuid job{};
    unsigned attempt = 1;
    std::string service{};
    std::string command{};
    std::chrono::milliseconds timeout{};
    std::uint64_t version = 0;  ///< Of what was told of the service last: now nobody is free.
    Errc why = Errc::job_cancelled;
    bool is_failure = false;
    services::Text body{};

    std::uint64_t question = 0;  ///< The asker's number.
    Verb verb{};
    std::optional<Error> refusal{};
    std::optional<services::JobView> view{};  ///< The body of its outcome is the word's.

    void append(std::string& out) const;
};

/// Nothing for what is no word.
[[nodiscard]] std::optional<Word> parse_word(std::string_view record, Outline& outline);

}  // namespace gateway::cluster
