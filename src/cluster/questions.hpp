#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include <asio/any_io_executor.hpp>

#include "cluster/options.hpp"
#include "cluster/word.hpp"
#include "cluster/word_sender.hpp"
#include "gateway/alarm.hpp"
#include "gateway/node.hpp"
#include "services/far_jobs.hpp"
#include "services/switchboard.hpp"

namespace gateway::cluster {

/// What is asked here of jobs of other nodes, and there of this node's. On its executor, the
/// switchboard's.
///
/// The first half of a job's id tells its node: the upper 32 bits are made of the name of the
/// node's process, all others are random, as UUID version 4 has them.
class Questions final : public services::FarJobs {
public:
    /// Everything must outlive it.
    Questions(const asio::any_io_executor& executor, services::Switchboard& board,
              WordSender& sender, const Node& node, const Options& options);

    /// The node is there, and not any more.
    void open(const std::string& process);
    void close(const std::string& process);

    /// It says no more to what it was asked.
    void fail(const std::string& process);

    /// Others are not heard: one that is not open may be there all the same. So it begins.
    void set_away(bool is_away) { is_away_ = is_away; }

    /// All that is asked is refused with broker_unavailable: others still hear what is said of
    /// their jobs.
    void stop();

    /// What ask, and told, say.
    void take(const Word& ask);
    void hear(const Word& told);

    [[nodiscard]] services::Uuid make_id() override;
    [[nodiscard]] bool is_far(const services::Uuid& job) const override;
    void answer(const services::Uuid& job, services::Answer answer,
                services::Line<std::optional<Error>> line) override;
    void progress(const services::Uuid& job, services::Text body,
                  services::Line<std::optional<Error>> line) override;
    void cancel(const services::Uuid& job, services::Line<std::optional<Error>> line) override;
    void find(const services::Uuid& job, services::Line<Result<services::JobView>> line) override;

private:
    using Line = std::variant<services::Line<std::optional<Error>>,
                              services::Line<Result<services::JobView>>>;

    struct Question {
        std::string process;
        services::Time deadline;
        Line line;
    };
    using All = std::map<std::uint64_t, Question>;  ///< The oldest first.

    void ask(Word word, Line line);
    void tell_view(const std::string& asker, Word told, Result<services::JobView> view);
    [[nodiscard]] std::optional<Error> refusal_of(const std::string* process) const;
    void expire();
    void set_alarm();

    const asio::any_io_executor& executor_;
    services::Switchboard& board_;
    WordSender& sender_;
    const Options& options_;
    const std::uint32_t tag_;
    std::map<std::uint32_t, std::string> open_;  ///< Processes, by what their jobs' ids begin with.
    bool is_away_ = true;
    bool is_stopped_ = false;
    All all_;
    std::uint64_t last_question_ = 0;
    Alarm alarm_;
};

}  // namespace gateway::cluster
