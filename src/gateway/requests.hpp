#pragma once

#include "wire/message.hpp"

namespace gateway {

class Session;

/// What the routes lead to, one function a request. Each expects the payload that the parser reads
/// for its route, and answers through the session, at once or later.
void send_records(Session& session, const Request& request);
void create_topics(Session& session, const Request& request);
void list_topics(Session& session, const Request& request);
void subscribe(Session& session, const Request& request);
void unsubscribe(Session& session, const Request& request);
void pause(Session& session, const Request& request);
void resume(Session& session, const Request& request);
void pull(Session& session, const Request& request);
void acknowledge(Session& session, const Request& request);
void change_filter(Session& session, const Request& request);
void list_nodes(Session& session, const Request& request);
void report_health(Session& session, const Request& request);

void register_service(Session& session, const Request& request);
void unregister_service(Session& session, const Request& request);
void list_services(Session& session, const Request& request);
void watch_services(Session& session, const Request& request);
void unwatch_services(Session& session, const Request& request);
void send_command(Session& session, const Request& request);
void cancel_command(Session& session, const Request& request);
void reply_to_command(Session& session, const Request& request);
void report_progress(Session& session, const Request& request);
void emit_event(Session& session, const Request& request);
void listen(Session& session, const Request& request);
void unlisten(Session& session, const Request& request);

/// A message that is none of the protocol's, offered to the routes.
void offer(Session& session, const Request& request);

}  // namespace gateway
