#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/alarm.hpp"
#include "gateway/connection.hpp"
#include "gateway/outlet.hpp"
#include "gateway/publisher.hpp"
#include "gateway/subscription.hpp"
#include "wire/message.hpp"

namespace gateway {

struct Shard;

/// A request that waits for its answer.
struct Asked {
    std::string id;  ///< The JSON text of the request's id.
    Type type = Type::unknown;
    Action action = Action::none;

    explicit Asked(const Request& request)
        : id(request.id), type(request.type), action(request.action) {}
};

/// One client's protocol state over its connection.
///
/// It begins with the connection and ends some time after it: what the client sent and the broker
/// has not yet taken keeps it for up to `producer.flush_timeout`. Everything happens on its
/// shard's thread. Shared, since answers come back to it asynchronously; they hold it weakly.
class Session final : public Connection::Events,
                      public std::enable_shared_from_this<Session>,
                      private Publisher::Owner,
                      private Subscription::Owner {
public:
    /// `shard` must outlive it; `number` tells the process's connections apart.
    Session(Shard& shard, Connection& connection, std::uint64_t number);
    ~Session() override;

    void received_text(std::string_view text) override;
    void received_binary(std::string_view bytes) override;
    void written(std::size_t frames) override;
    void closed() override;

    /// Reads no more, finishes both directions, then closes with 1001.
    void drain();

    /// Is done, whatever is left.
    void abandon();

    // For the functions in requests.hpp.

    [[nodiscard]] Shard& shard() { return shard_; }
    [[nodiscard]] Publisher& publisher() { return publisher_; }

    /// Counts a request that will be answered later, or refuses it, if there are too many.
    [[nodiscard]] std::optional<Asked> begin(const Request& request);

    /// Answers a request begun before, in an event of its own. `payload` is JSON text.
    void answer(const Asked& asked, std::string_view payload);
    void answer(const Asked& asked, const Error& error);

    /// Answers a request while it is read.
    void refuse(const Request& request, const Error& error);

    /// Replaces the subscription, once the former one has left its group.
    void subscribe(Asked asked, Broker& broker, Subscription::Options options);

    /// Ends the subscription, if there is one, then answers.
    void unsubscribe(Asked asked);

    /// Goes on with these topics only, or refuses if some are not subscribed.
    void unsubscribe(Asked asked, const std::vector<std::string>& topics);

    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] bool is_connected() const { return connection_ != nullptr; }
    [[nodiscard]] std::size_t unsettled_sends() const { return publisher_.unsettled(); }

    /// The topics of the live subscription, or null.
    [[nodiscard]] const std::vector<std::string>* subscribed_topics() const;

private:
    /// A subscription that is wanted, and the request to answer once it is live.
    struct Wanted {
        Asked asked;
        Broker* broker;
        Subscription::Options options;
    };

    void succeed(const Asked& asked, std::string_view payload = {});
    void fail(const Asked& asked, const Error& error);

    void publisher_moved() override;
    void subscription_live() override;
    void subscription_failed(const Error& error) override;

    /// Ends the subscription there is, and begins with what is wanted once it has left.
    void replace();
    void start_wanted();
    void supersede();
    void post_subscription_left();
    void subscription_left();

    /// To be called at the end of every event: lets replies leave, and reads or pauses.
    void settle();

    /// Ends the session, after the current event.
    void finish();

    Shard& shard_;
    Connection* connection_;  ///< Null once it is closed.
    std::uint64_t number_;
    Outlet outlet_;
    Publisher publisher_;
    Alarm linger_;
    std::size_t in_flight_ = 0;  ///< Requests begun and not answered.
    std::unique_ptr<Subscription> subscription_;
    Broker* broker_ = nullptr;         ///< The subscription's.
    std::uint64_t subscriptions_ = 0;  ///< So many were started; numbers them from 1.
    std::optional<Asked> joining_;     ///< To be answered once the subscription is live.
    std::optional<Asked> subscribed_;  ///< What the live one answers to, should it fail.
    std::optional<Wanted> wanted_;     ///< What follows once the former subscription has left.
    std::vector<Asked> leaving_;       ///< To be answered once it has left.
    bool is_reading_ = true;
    bool is_draining_ = false;
    bool is_closing_ = false;
};

}  // namespace gateway
