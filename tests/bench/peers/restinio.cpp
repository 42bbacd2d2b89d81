// The limit of jobs over HTTP: RESTinio alone, on one thread, answers each request with its body.

#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <restinio/all.hpp>

namespace {

struct Traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t> {
    static constexpr bool use_connection_count_limiter = false;
};

restinio::request_handling_status_t answer(const restinio::request_handle_t& request) {
    return request->create_response()
        .append_header_date_field()
        .append_header(restinio::http_field::content_type, "application/json")
        .set_body(request->body())
        .done();
}

}  // namespace

int main() {
    unsigned short port = 0;
    restinio::http_server_t<Traits> server(restinio::own_io_context(), [&](auto& settings) {
        settings.address("127.0.0.1")
            .port(0)
            .request_handler(answer)
            .acceptor_post_bind_hook([&](restinio::asio_ns::ip::tcp::acceptor& acceptor) {
                port = acceptor.local_endpoint().port();
            });
    });
    server.open_sync();
    fmt::print("ready websocket=ws://127.0.0.1:{}/\n", port);
    std::fflush(stdout);
    server.io_context().run();
    return 0;
}
