#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.hpp"
#include "fanout/catch_up.hpp"
#include "fanout/options.hpp"
#include "fanout/place.hpp"
#include "fanout/sightings.hpp"
#include "gateway/broadcast.hpp"

namespace gateway::fanout {

class Relay;

/// One subscriber of some topics: a Place in each, and what they have in common.
class Follower final : public Broadcast {
public:
    /// `relay` must outlive it, and `events`.
    Follower(Relay& relay, Broadcasts::Options options, Broadcast::Events& events);
    ~Follower() override;
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// Finds its topics, and where it starts in them.
    void start();

    void resume() override;
    void commit(std::span<const Position>) override {}
    void close(std::function<void()> done) override;
    void change(std::optional<View> view) override;
    [[nodiscard]] Cursor position() const override;

    // For its places.

    [[nodiscard]] Broadcast::Events& events() { return events_; }
    [[nodiscard]] const fanout::Options& limits() const;
    [[nodiscard]] Broker& broker();
    [[nodiscard]] CatchUps& catch_ups();
    [[nodiscard]] Snapshots& snapshots();

    /// All places are attached. Nothing is handed over before.
    [[nodiscard]] bool is_live() const { return is_live_; }

    /// It takes nothing until `resume`.
    [[nodiscard]] bool is_stopped() const { return is_stopped_ || is_over_; }

    /// Notes whether all that was offered was taken; the same again.
    bool took(bool all) {
        is_stopped_ = !all;
        return all;
    }

    /// Empty where its records come without frames.
    [[nodiscard]] const std::string& view_key() const { return view_key_; }
    [[nodiscard]] bool has_view() const { return !view_key_.empty(); }

    void place_attached();
    void place_lost(const Lost& lost);
    void place_failed(const Place& place, const Error& error);
    void snapshot_handed_out();

    /// What follows the snapshots waits until all are handed out.
    [[nodiscard]] bool has_snapshots() const;

    // For its relay.

    /// Is there anything new to follow among these?
    void look_at(const Sightings& sightings);

private:
    /// A topic that matches, and was not there or could not be read.
    struct Missing {
        bool is_asked_for = false;
        std::vector<Position> stood_at{};  ///< In the one that had its name.
        std::optional<Error> error{};      ///< Why that one could not be read on.
    };

    /// What it looks for, and finds. Once it is live only one with patterns has it still.
    struct Search {
        Broadcasts::Options options;

        std::vector<Position> starts{};
        std::map<std::string, Missing> missing{};
        std::uint64_t looked = 0;  ///< What this look saw was judged.
    };
    struct Gathering;

    using Places = std::vector<std::unique_ptr<Place>>;

    void list();
    void locate(std::vector<std::string> topics);
    void locate_each(const std::vector<std::string>& topics);
    void locate_missing(const std::string& topic);
    [[nodiscard]] Start start_in(std::string_view topic) const;
    void begin(const std::vector<Located>& located);
    [[nodiscard]] bool grows() const { return search_ && search_->options.follows; }
    [[nodiscard]] bool fits(std::size_t topics);
    [[nodiscard]] bool is_named(std::string_view topic) const;
    [[nodiscard]] bool has(std::string_view topic) const;
    [[nodiscard]] Places::const_iterator find(std::string_view topic) const;
    void lose(const std::string& topic, Missing missing);
    void begin_anew(const std::string& topic, const std::vector<Located>& located);
    void drop(std::string_view topic);
    void fail(const Error& error);
    void end();

    /// Runs `work(*this, …)` unless it is gone by then, or over.
    template <typename Work>
    [[nodiscard]] auto guarded(Work work);

    Relay& relay_;
    Broadcast::Events& events_;
    std::unique_ptr<Search> search_;
    std::string view_key_;
    Places places_;         ///< Ordered by topic.
    std::size_t turn_ = 0;  ///< Whose turn it was to go on first.
    bool has_snapshot_ = false;
    bool is_live_ = false;
    bool is_stopped_ = true;
    bool is_resuming_ = false;
    bool is_over_ = false;
    std::shared_ptr<Follower*> self_;  ///< What posted work holds weakly.
};

}  // namespace gateway::fanout
