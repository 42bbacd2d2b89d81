#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bench {

/// One kept HTTP connection of the load generator. Throws std::runtime_error when the server closes
/// it, or answers with anything but 200 and 204.
class HttpClient {
public:
    using OnReply = std::function<void(unsigned status, std::string_view body)>;

    /// Connects to this machine, blocking; the socket does not block from then on.
    explicit HttpClient(std::uint16_t port);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Sends small requests; there is room for them, since each waits for its reply.
    void send(std::string_view requests) const;

    /// Passes on what has arrived. The body is valid during the call.
    void read(const OnReply& on_reply);

private:
    int descriptor_;
    std::string received_;
};

/// A request as a client sends it.
[[nodiscard]] std::string post(std::string_view path, std::string_view body);
[[nodiscard]] std::string get(std::string_view path);

}  // namespace bench
