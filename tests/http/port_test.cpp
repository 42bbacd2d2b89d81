#include "http/port.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <system_error>

#include "http/client.hpp"

using asio::ip::tcp;
using gateway::http::Client;
using gateway::http::Port;
using gateway::http::run_until;

namespace {

/// As another process would that is willing to share its port.
tcp::acceptor shared_listener(asio::io_context& context) {
    tcp::acceptor acceptor(context, tcp::v4());
    const int on = 1;
    REQUIRE(setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    acceptor.bind({asio::ip::address_v4::loopback(), 0});
    acceptor.listen();
    return acceptor;
}

TEST_CASE("port 0 is any free one, and tells which") {
    const Port port("127.0.0.1", 0);
    CHECK(port.number() != 0);
}

TEST_CASE("a port that someone else listens to is refused, even if it could be shared") {
    asio::io_context context;
    const tcp::acceptor other = shared_listener(context);
    const std::uint16_t number = other.local_endpoint().port();

    std::string what;
    try {
        const Port port("127.0.0.1", number);
    } catch (const std::system_error& error) {
        what = error.what();
        CHECK(error.code() == std::errc::address_in_use);
    }
    CHECK(what == "http: cannot listen on 127.0.0.1 port " + std::to_string(number) +
                      ": Address already in use");
}

TEST_CASE("a port that listeners of ours have is refused to others") {
    asio::io_context context;
    const Port port("127.0.0.1", 0);
    const tcp::acceptor listener = port.listen(context);
    CHECK_THROWS_AS(Port("127.0.0.1", port.number()), std::system_error);
}

TEST_CASE("an address of no interface is refused") {
    CHECK_THROWS_AS(Port("192.0.2.1", 0), std::system_error);
}

TEST_CASE("several listeners share a port, and each connection reaches one of them") {
    asio::io_context context;
    const Port port("127.0.0.1", 0);
    tcp::acceptor one = port.listen(context);
    tcp::acceptor other = port.listen(context);

    int accepted = 0;
    const auto count = [&](const asio::error_code& error, const tcp::socket&) {
        if (!error) ++accepted;
    };
    one.async_accept(count);
    other.async_accept(count);
    Client client(context, port.number());
    run_until(context, [&] { return accepted == 1 && client.is_closed(); });
    CHECK(accepted == 1);
}

}  // namespace
