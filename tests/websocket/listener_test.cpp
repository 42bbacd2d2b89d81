#include "websocket/listener.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace gateway;

namespace {

/// Answers a message, says goodbye, and speaks on. To a binary one it says much.
class Talker final : public Connection::Events {
public:
    explicit Talker(Connection& connection) : connection_(connection) {}

    void received_text(std::string_view) override {
        connection_.send_text("first");
        connection_.close(CloseCode::going_away);
        connection_.send_text("too late");
        connection_.send_binary("too late as well");
    }
    void received_binary(std::string_view) override {
        for (const char letter : letters) {
            connection_.send_text(std::string(long_text, letter));
            connection_.send_text(std::string(short_text, letter));
        }
    }
    void written(std::size_t frames) override { written_frames += frames; }
    void closed() override { is_closed = true; }

    static constexpr std::string_view letters = "abcdefgh";
    static constexpr std::size_t long_text = 1'000'000;
    static constexpr std::size_t short_text = 10;

    std::size_t written_frames = 0;
    bool is_closed = false;

private:
    Connection& connection_;
};

/// A listener with one talker, and a client of plain bytes.
class Fixture {
public:
    explicit Fixture(websocket::Options options = {.port = 0})
        : options_(std::move(options)),
          listener_(context_, options_, places_,
                    [this](Connection& connection, const std::string& user) {
                        user_ = user;
                        return talker_ = std::make_shared<Talker>(connection);
                    }),
          client_(context_),
          another_(context_) {
        client_.connect({asio::ip::address_v4::loopback(), listener_.start()});
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;
    ~Fixture() { listener_.stop(); }

    void write(std::string_view bytes) { asio::write(client_, asio::buffer(bytes)); }
    void disconnect() { client_.close(); }

    /// What has come, if anything.
    std::string read() {
        std::string bytes(256 << 10, '\0');
        std::error_code error;
        client_.non_blocking(true);
        bytes.resize(client_.read_some(asio::buffer(bytes), error));
        return bytes;
    }

    void run_for(std::chrono::milliseconds time) { context_.run_one_for(time); }

    template <typename Test>
    void run_until(Test test) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!test()) REQUIRE(context_.run_one_until(deadline) == 1);
    }

    /// Returns once a listener has a client, though it has not read anything of it.
    void accept() {
        run_until([this] { return places_.taken == 1; });
    }

    void stop() { listener_.stop(); }

    /// A second client, with these bytes.
    void write_as_another(std::string_view bytes) {
        another_.connect(client_.remote_endpoint());
        asio::write(another_, asio::buffer(bytes));
    }

    /// Whether nothing keeps the io_context busy any more, long before a handshake's time is up.
    bool runs_out() {
        context_.run_for(options_.handshake_timeout / 2);
        return context_.stopped();
    }

    [[nodiscard]] std::size_t open() const { return places_.taken; }

    /// From now on the connections count among these, too.
    void share(Places& places) { places_.shared = &places; }

    /// The session, once the handshake is done.
    Talker& talker() {
        run_until([this] { return talker_ != nullptr; });
        return *talker_;
    }

    /// Of that session.
    [[nodiscard]] const std::string& user() const { return user_; }

    /// What comes, up to the end of an HTTP reply's headers and this behind it.
    std::string read_until(std::string_view end) {
        std::string bytes;
        run_until([&] {
            bytes += read();
            if (bytes.ends_with(end)) return true;
            asio::post(context_, [] {});
            return false;
        });
        return bytes;
    }

    /// Returns once the listener has closed the connection without a word.
    void wait_for_end() {
        char byte = 0;
        std::error_code error;
        client_.non_blocking(true);
        run_until([&] {
            REQUIRE(client_.read_some(asio::buffer(&byte, 1), error) == 0);
            if (error != asio::error::would_block) return true;
            asio::post(context_, [] {});
            return false;
        });
    }

private:
    asio::io_context context_{1};
    websocket::Options options_;
    Places places_{.limit = 10};
    std::shared_ptr<Talker> talker_;
    std::string user_;
    websocket::Listener listener_;
    asio::ip::tcp::socket client_;
    asio::ip::tcp::socket another_;
};

constexpr std::string_view handshake =
    "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

TEST_CASE("what is sent while a connection closes is dropped, and never counts as written") {
    Fixture fixture;
    fixture.write(handshake);
    Talker& talker = fixture.talker();
    const std::string text("\x81\x82\0\0\0\0hi", 8);
    fixture.write(text);
    fixture.run_until([&] { return talker.written_frames > 0; });
    fixture.disconnect();
    fixture.run_until([&] { return talker.is_closed; });
    CHECK(talker.written_frames == 1);
}

/// With these headers.
std::string handshake_with(const std::string& headers) {
    return std::string(handshake.substr(0, handshake.size() - 2)) + headers + "\r\n";
}

TEST_CASE("a session is of the user that a proxy names") {
    Fixture fixture({.port = 0, .user_header = "X-Forwarded-User"});
    SUBCASE("named") {
        fixture.write(handshake_with("x-forwarded-USER: ada \r\n"));
        fixture.talker();
        CHECK(fixture.user() == "ada");
    }
    SUBCASE("not named") {
        fixture.write(handshake);
        fixture.talker();
        CHECK(fixture.user().empty());
    }
}

TEST_CASE("a header for users means nothing where none is configured") {
    Fixture fixture;
    fixture.write(handshake_with("X-Forwarded-User: ada\r\nX-Forwarded-User: bob\r\n"));
    fixture.talker();
    CHECK(fixture.user().empty());
}

TEST_CASE("a handshake that does not say clearly whose it is is refused") {
    for (const char* headers :
         {"X-Forwarded-User:\r\n", "X-Forwarded-User: ada\r\nX-Forwarded-User: ada\r\n",
          "X-Forwarded-User:\r\nX-Forwarded-User: ada\r\n",
          "X-Forwarded-User: ada\r\nx-forwarded-user:\r\n", "X-Forwarded-User: a\tb\r\n",
          "X-Forwarded-User : ada\r\n", " X-Forwarded-User: ada\r\n"}) {
        CAPTURE(headers);
        Fixture each({.port = 0, .user_header = "X-Forwarded-User"});
        each.write(handshake_with(headers));
        CHECK(each.read_until("\n").substr(0, 12) == "HTTP/1.1 400");
        CHECK(each.user().empty());
    }
}

TEST_CASE("who is not the proxy must not name a user") {
    Fixture fixture(
        {.port = 0, .user_header = "X-Forwarded-User", .user_header_from = {"192.0.2.1"}});
    fixture.write(handshake_with("X-Forwarded-User: ada\r\n"));
    const std::string reply = fixture.read_until("\n");
    CHECK(reply.substr(0, 12) == "HTTP/1.1 403");
    CHECK(reply.find("X-Forwarded-User is not believed from this address") != reply.npos);
}

TEST_CASE("pages of other origins are refused where origins are named") {
    const auto status = [](const std::vector<std::string>& origins, const std::string& headers) {
        Fixture fixture({.port = 0, .origins = origins});
        fixture.write(handshake_with(headers));
        return fixture.read_until("\n").substr(9, 3);
    };
    const std::vector<std::string> named{"https://example.com"};
    CHECK(status({"*"}, "Origin: https://evil.example\r\n") == "101");
    CHECK(status(named, "Origin: https://evil.example\r\n") == "403");
    CHECK(status(named, "Origin: null\r\n") == "403");
    CHECK(status(named, "Origin: https://example.com\r\n") == "101");
    CHECK(status(named, "") == "101");
    CHECK(status({}, "Origin: https://example.com\r\n") == "403");
}

TEST_CASE("a listener that stops ends every connection, also in its handshake") {
    Fixture fixture;
    SUBCASE("open") {
        fixture.write(handshake);
        fixture.talker();
        fixture.stop();
    }
    SUBCASE("in its handshake") {
        fixture.accept();
        fixture.write(handshake.substr(0, handshake.size() / 2));
        fixture.run_for(1ms);
        fixture.stop();
    }
    SUBCASE("with a handshake that has come and is not read") {
        fixture.accept();
        fixture.write(handshake);
        fixture.stop();
    }
    SUBCASE("accepted at the last moment") {
        // The second one is accepted with the first, and not told of yet.
        fixture.write_as_another(handshake);
        fixture.accept();
        fixture.stop();
    }
    CHECK(fixture.runs_out());
    CHECK(fixture.open() == 0);
}

TEST_CASE("where others have taken the places that they share, a connection ends with 1013") {
    Places places{.limit = 1};
    Fixture fixture;
    SUBCASE("and is open where there is one") {
        fixture.share(places);
        fixture.write(handshake);
        fixture.talker();
        CHECK(places.taken == 1);
    }
    SUBCASE("after its handshake") {
        places.taken = 1;
        fixture.share(places);
        fixture.write(handshake);
        CHECK(fixture.read_until("too many connections").find("\x03\xf5") != std::string::npos);
    }
    SUBCASE("or at once where they have far more") {
        places.taken = 10;
        fixture.share(places);
        fixture.wait_for_end();
        fixture.run_until([&] { return places.taken == 10; });
    }
    fixture.stop();
}

TEST_CASE("what a socket does not take at once follows, whole and in order") {
    Fixture fixture;
    fixture.write(handshake);
    Talker& talker = fixture.talker();
    std::string expected;
    for (const char letter : Talker::letters) {
        expected += std::string("\x81\x7f\0\0\0\0\0\x0f\x42\x40", 10);
        expected.append(Talker::long_text, letter);
        expected += "\x81\x0a";
        expected.append(Talker::short_text, letter);
    }
    fixture.write(std::string("\x82\x82\0\0\0\0hi", 8));
    fixture.run_until([&] { return talker.written_frames > 0; });
    CHECK(talker.written_frames < 2 * Talker::letters.size());

    std::string received;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    const auto frames_at = [&] { return received.find("\r\n\r\n") + 4; };
    while (received.size() < expected.size() || received.size() - frames_at() < expected.size()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        received += fixture.read();
        fixture.run_for(1ms);
    }
    CHECK((received.substr(frames_at()) == expected));
    fixture.run_until([&] { return talker.written_frames == 2 * Talker::letters.size(); });
}

}  // namespace
