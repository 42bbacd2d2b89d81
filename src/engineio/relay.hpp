#pragma once

#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>

#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"

namespace gateway::engineio {

class Server;

/// A request that came in `here`, to be answered by a session that lives with another server, on
/// its thread. What is to be told of it, here, is returned.
[[nodiscard]] std::shared_ptr<Exchange::Events> relay(Exchange& exchange, HttpRequest request,
                                                      asio::any_io_executor here, Server& there);

/// The same for a WebSocket. What has been received and not yet taken there is bounded.
[[nodiscard]] std::shared_ptr<Connection::Events> relay(Connection& connection, std::string sid,
                                                        std::string user,
                                                        asio::any_io_executor here, Server& there);

}  // namespace gateway::engineio
