#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/alarm.hpp"
#include "gateway/asked.hpp"
#include "gateway/connection.hpp"
#include "gateway/delivery.hpp"
#include "gateway/outlet.hpp"
#include "gateway/publisher.hpp"
#include "gateway/pushes.hpp"
#include "gateway/services.hpp"
#include "gateway/subscriptions.hpp"
#include "wire/message.hpp"
#include "wire/reply.hpp"

namespace gateway {

struct Shard;

/// One client's protocol state over its connection.
///
/// It begins with the connection and ends some time after it: what the client sent and the broker
/// has not yet taken keeps it for up to `producer.flush_timeout`. Everything happens on its
/// shard's thread. Shared, since answers come back to it asynchronously; they hold it weakly.
class Session final : public Connection::Events,
                      public std::enable_shared_from_this<Session>,
                      private Publisher::Owner,
                      private Subscriptions::Owner,
                      private ServiceDesk::Owner {
public:
    /// `shard` must outlive it; `number` tells the process's connections apart.
    Session(Shard& shard, Connection& connection, std::uint64_t number, std::string user);
    ~Session() override;

    void received_text(std::string_view text) override;
    void received_binary(std::string_view bytes) override;

    /// A frame that whoever stands before the session could not read.
    void received_unreadable(const Error& error);
    void written(std::size_t frames) override;
    void closed() override;

    /// Reads no more, finishes both directions, then closes with 1001.
    void drain();

    /// Is done, whatever is left.
    void abandon();

    /// Passes on what a service sends, behind the replies so far. False if it is dropped, since
    /// the client does not read and too much waits for it. `delivered` is to be called after one or
    /// several.
    [[nodiscard]] bool deliver(const Delivery& delivery);
    void delivered() { settle(); }

    /// To be called at the end of every event: lets replies leave, and reads, pauses or closes.
    void settle();

    // For the functions in requests.hpp.

    [[nodiscard]] Shard& shard() { return shard_; }
    [[nodiscard]] Publisher& publisher() { return publisher_; }
    [[nodiscard]] Subscriptions& subscriptions() { return subscriptions_; }
    [[nodiscard]] const Subscriptions& subscriptions() const { return subscriptions_; }

    /// Where it takes part in services; null where there are none.
    [[nodiscard]] ServiceDesk* desk();

    /// Counts a request that will be answered later, or refuses it, if there are too many.
    [[nodiscard]] std::optional<Asked> begin(const Request& request);

    /// The same of one that something else bounds.
    [[nodiscard]] std::optional<Asked> begin_anyway(const Request& request);

    /// Refuses a request begun before while it is read.
    void fail_begun(const Asked& asked, const Error& error) { fail(asked, error); }

    /// Answers a request begun before, in an event of its own. `payload` is JSON text.
    void answer(const Asked& asked, std::string_view payload);
    void answer(const Asked& asked, const Error& error);

    /// Answers a request while it is read.
    void accept(const Request& request);
    void accept(const Request& request, std::string_view payload);
    void refuse(const Request& request, const Error& error);

    [[nodiscard]] std::uint64_t number() const { return number_; }

    /// What services call this connection; no other has it, at this server or another, now or
    /// later.
    [[nodiscard]] std::string client_id() const;

    /// Who is at the other end, as whoever authenticates clients has named them; empty: nobody has.
    /// It stays as long as the connection.
    [[nodiscard]] const std::string& user() const { return user_; }
    [[nodiscard]] bool is_connected() const { return connection_ != nullptr; }
    [[nodiscard]] std::size_t unsettled_sends() const { return publisher_.unsettled(); }

private:
    void succeed(const Asked& asked) override;
    void succeed(const Asked& asked, std::string_view payload);
    void fail(const Asked& asked, const Error& error) override;

    void publisher_moved() override;
    void subscribed(const Asked& asked, std::string_view sub, std::string_view names,
                    std::string_view positions) override;
    void ended(const Asked& asked, const Error& error) override;
    [[nodiscard]] std::function<void()> later(std::function<void()> call) override;
    void subscriptions_moved() override;
    void client_too_slow() override;

    void done(const Asked& asked, std::string_view payload) override;
    void refused(const Asked& asked, const Error& error) override;
    void failed(const Asked& asked, std::string_view data) override;
    void progressed(const Asked& asked, std::string_view data) override;
    void command(std::string message) override;
    void change(std::string message) override;
    void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) override;
    void heard() override;

    /// Whether an answer of this size may wait beside those that do.
    [[nodiscard]] std::optional<Error> refusal_of_reply(std::size_t bytes) const;

    [[nodiscard]] ReplyHead head_of(const Asked& asked);

    /// The client does not read, and so many bytes are more than may wait for it.
    [[nodiscard]] bool is_too_much(std::size_t bytes) const;

    /// Ends the session, after the current event.
    void finish();

    Shard& shard_;
    Connection* connection_;  ///< Null once it is closed.
    std::uint64_t number_;
    std::string user_;
    Outlet outlet_;
    Publisher publisher_;
    Subscriptions subscriptions_;
    Pushes pushes_;
    std::unique_ptr<ServiceDesk> desk_;  ///< Once it is asked for.
    Alarm linger_;
    std::size_t in_flight_ = 0;  ///< Requests begun and not answered.
    bool is_reading_ = true;
    bool is_draining_ = false;
    bool is_closing_ = false;
};

}  // namespace gateway
