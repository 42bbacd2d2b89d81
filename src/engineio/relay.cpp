#include "engineio/relay.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

#include <asio/post.hpp>

#include "engineio/server.hpp"

namespace gateway::engineio {
namespace {

/// Received here and not yet taken there, beyond which the socket is read no further.
constexpr std::size_t max_under_way = 64 << 10;

/// Taken there and not yet told here.
constexpr std::size_t told_at = max_under_way / 4;

/// An exchange as its session sees it, and what is told to its session. Each half is touched by one
/// thread alone.
class RelayedExchange final : public Exchange,
                              public Exchange::Events,
                              public std::enable_shared_from_this<RelayedExchange> {
public:
    RelayedExchange(Exchange& exchange, asio::any_io_executor here, Server& there)
        : here_(std::move(here)), exchange_(&exchange), there_(there) {}

    void start(HttpRequest request) {
        asio::post(there_.executor(),
                   [self = shared_from_this(), request = std::move(request)]() mutable {
                       self->events_ = self->there_.serve(*self, std::move(request));
                   });
    }

    void reply(HttpReply reply) override {
        asio::post(here_, [self = shared_from_this(), reply = std::move(reply)]() mutable {
            if (self->exchange_) self->exchange_->reply(std::move(reply));
        });
    }

    void ended(bool is_written) override {
        exchange_ = nullptr;
        asio::post(there_.executor(), [self = shared_from_this(), is_written] {
            std::exchange(self->events_, nullptr)->ended(is_written);
        });
    }

private:
    asio::any_io_executor here_;
    Exchange* exchange_;  ///< Null once it has ended.

    Server& there_;
    std::shared_ptr<Exchange::Events> events_;
};

class RelayedConnection final : public Connection,
                                public Connection::Events,
                                public std::enable_shared_from_this<RelayedConnection> {
public:
    RelayedConnection(Connection& connection, asio::any_io_executor here, Server& there)
        : here_(std::move(here)), connection_(&connection), there_(there) {}

    void start(std::string sid, std::string user) {
        asio::post(there_.executor(),
                   [self = shared_from_this(), sid = std::move(sid), user = std::move(user)] {
                       self->events_ = self->there_.attach(*self, sid, user);
                   });
    }

    // Here.

    void received_text(std::string_view text) override {
        post_there([text = std::string(text)](RelayedConnection& self) {
            self.events_->received_text(text);
            self.taken(text.size());
        });
        received(text.size());
    }

    void received_binary(std::string_view bytes) override {
        post_there([bytes = std::string(bytes)](RelayedConnection& self) {
            self.events_->received_binary(bytes);
            self.taken(bytes.size());
        });
        received(bytes.size());
    }

    void written(std::size_t frames) override {
        post_there([frames](RelayedConnection& self) { self.events_->written(frames); });
    }

    void closed() override {
        connection_ = nullptr;
        post_there([](RelayedConnection& self) { std::exchange(self.events_, nullptr)->closed(); });
    }

    // There.

    void send_text(std::string text) override {
        post_here([text = std::move(text)](RelayedConnection& self) mutable {
            self.connection_->send_text(std::move(text));
        });
    }

    void send_binary(std::string bytes) override {
        post_here([bytes = std::move(bytes)](RelayedConnection& self) mutable {
            self.connection_->send_binary(std::move(bytes));
        });
    }

    void send_shared(const std::shared_ptr<const SharedFrame>& frame) override {
        post_here([frame](RelayedConnection& self) { self.connection_->send_shared(frame); });
    }

    void pause_reading() override {
        post_here([](RelayedConnection& self) {
            self.wants_reading_ = false;
            self.update_reading();
        });
    }

    void resume_reading() override {
        post_here([](RelayedConnection& self) {
            self.wants_reading_ = true;
            self.update_reading();
        });
    }

    void close(CloseCode code) override {
        post_here([code](RelayedConnection& self) { self.connection_->close(code); });
    }

private:
    template <typename Call>
    void post_there(Call call) {
        asio::post(there_.executor(),
                   [self = shared_from_this(), call = std::move(call)]() mutable { call(*self); });
    }

    template <typename Call>
    void post_here(Call call) {
        asio::post(here_, [self = shared_from_this(), call = std::move(call)]() mutable {
            if (self->connection_) call(*self);
        });
    }

    void received(std::size_t bytes) {
        under_way_ += bytes;
        update_reading();
    }

    void taken(std::size_t bytes) {
        taken_ += bytes;
        if (taken_ < told_at) return;
        post_here([taken = std::exchange(taken_, 0)](RelayedConnection& self) {
            self.under_way_ -= taken;
            self.update_reading();
        });
    }

    void update_reading() {
        const bool may = wants_reading_ && under_way_ < max_under_way;
        if (is_reading_ == may) return;
        is_reading_ = may;
        if (may) {
            connection_->resume_reading();
        } else {
            connection_->pause_reading();
        }
    }

    asio::any_io_executor here_;
    Connection* connection_;  ///< Null once it is closed.
    std::size_t under_way_ = 0;
    bool wants_reading_ = true;
    bool is_reading_ = true;

    Server& there_;
    std::shared_ptr<Connection::Events> events_;
    std::size_t taken_ = 0;
};

}  // namespace

std::shared_ptr<Exchange::Events> relay(Exchange& exchange, HttpRequest request,
                                        asio::any_io_executor here, Server& there) {
    const auto relayed = std::make_shared<RelayedExchange>(exchange, std::move(here), there);
    relayed->start(std::move(request));
    return relayed;
}

std::shared_ptr<Connection::Events> relay(Connection& connection, std::string sid, std::string user,
                                          asio::any_io_executor here, Server& there) {
    const auto relayed = std::make_shared<RelayedConnection>(connection, std::move(here), there);
    relayed->start(std::move(sid), std::move(user));
    return relayed;
}

}  // namespace gateway::engineio
