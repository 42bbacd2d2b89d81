#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/asked.hpp"
#include "gateway/outlet.hpp"
#include "gateway/slot.hpp"

namespace gateway {

/// All subscriptions of a connection, each under its name. The one without a name has the name "".
///
/// They share the outlet's room: each in turn sends a frame.
///
/// Lives on the session's executor.
class Subscriptions final : private Slot::Owner {
public:
    class Owner {
    public:
        /// Answers a request that was begun before.
        virtual void succeed(const Asked& asked) = 0;
        virtual void fail(const Asked& asked, const Error& error) = 0;

        /// Answers a subscribe. `names` and `positions` are JSON arrays; `positions` is empty where
        /// they are not wanted.
        virtual void subscribed(const Asked& asked, std::string_view sub, std::string_view names,
                                std::string_view positions) = 0;

        /// Says that a subscription ended which was answered before.
        virtual void ended(const Asked& asked, const Error& error) = 0;

        /// Makes a function that calls `call` in an event of its own, unless the session is gone.
        [[nodiscard]] virtual std::function<void()> later(std::function<void()> call) = 0;

        /// Something was answered or may be sent. Not within a call of a request.
        virtual void subscriptions_moved() = 0;

        /// The client does not read, and wanted its connection closed then.
        virtual void client_too_slow() = 0;

    protected:
        ~Owner() = default;
    };

    /// Everything passed by reference must outlive it.
    Subscriptions(Shard& shard, Outlet& outlet, Owner& owner);
    ~Subscriptions();

    /// Replaces the subscription of this name, once the former one has left its group. Refuses
    /// with limit_reached, if the name is new and there are too many.
    void subscribe(Asked asked, std::string name, Subscription::Options options,
                   bool wants_positions);

    /// Ends the subscriptions of these names, or all; or has them go on without these topics.
    /// Refuses with not_subscribed if a name has no subscription, or none of them a topic.
    void unsubscribe(Asked asked, const Unsubscribe& what);

    /// The subscription of this name, or null; it may not be live yet, nor have begun.
    [[nodiscard]] Subscription* find(std::string_view name);

    /// To be called after some Subscription::acknowledge.
    void commit_acknowledged();

    /// A frame is written.
    void delivered(const Outlet::Delivered& delivered);

    /// There is room in the outlet, or something else has changed.
    void room();

    /// Ends all in good order; what is not live yet fails with `error`.
    void drain(const Error& error);

    /// Ends all at once.
    void clear();

    [[nodiscard]] bool is_empty() const { return slots_.empty(); }

    /// Of those that are live.
    [[nodiscard]] std::vector<std::string> topics() const;

private:
    struct Named {
        std::string name;
        std::unique_ptr<Slot> slot;
    };

    [[nodiscard]] std::uint64_t next_number() override { return ++last_number_; }
    [[nodiscard]] std::function<void()> when_left(std::uint64_t number) override;
    void slot_moved() override;
    void slot_too_slow() override;

    [[nodiscard]] Slot* slot_of(std::string_view name);
    [[nodiscard]] Slot* slot_with(std::uint64_t number);

    /// What an unsubscribe speaks of, or why it cannot.
    [[nodiscard]] Result<std::vector<Slot*>> targets(const Unsubscribe& what);

    /// Answers once it was called so many times, with the first error there was.
    [[nodiscard]] Slot::Done answer_of_several(Asked asked, std::size_t parts);

    void left(std::uint64_t number);
    void remove_empty();

    Shard& shard_;
    Outlet& outlet_;
    Owner& owner_;
    std::vector<Named> slots_;  ///< None stays empty.
    std::uint64_t last_number_ = 0;
    std::size_t turn_ = 0;  ///< Whose turn it is to send.
};

}  // namespace gateway
