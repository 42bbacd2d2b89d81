#include <optional>
#include <utility>
#include <variant>

#include "gateway/requests.hpp"
#include "gateway/services.hpp"
#include "gateway/session.hpp"

namespace gateway {

namespace {

/// The session's desk, or null after the request was refused.
ServiceDesk* desk_for(Session& session, const Request& request) {
    ServiceDesk* const desk = session.desk();
    if (!desk) session.refuse(request, Errc::not_supported);
    return desk;
}

/// Answers a request that is done, or refused, while it is read.
void answer(Session& session, const Request& request, const std::optional<Error>& refusal) {
    if (refusal) return session.refuse(request, *refusal);
    session.accept(request);
}

/// Does what is answered later, by `ask(desk, asked)`, unless that refuses.
template <typename Ask>
void ask_later(Session& session, const Request& request, Ask ask) {
    ServiceDesk* const desk = desk_for(session, request);
    if (!desk) return;
    const auto asked = session.begin(request);
    if (!asked) return;
    if (const auto refusal = ask(*desk, *asked)) session.fail_begun(*asked, *refusal);
}

}  // namespace

void register_service(Session& session, const Request& request) {
    ask_later(session, request, [&](ServiceDesk& desk, const Asked& asked) {
        return desk.join(asked, std::get<Register>(request.payload));
    });
}

void unregister_service(Session& session, const Request& request) {
    if (ServiceDesk* const desk = desk_for(session, request)) {
        answer(session, request, desk->leave(std::get<Unregister>(request.payload)));
    }
}

void list_services(Session& session, const Request& request) {
    ask_later(session, request, [&](ServiceDesk& desk, const Asked& asked) {
        desk.list(asked, std::get<ListServices>(request.payload));
        return std::optional<Error>();
    });
}

void watch_services(Session& session, const Request& request) {
    ask_later(session, request, [&](ServiceDesk& desk, const Asked& asked) {
        return desk.watch(asked, std::get<Watch>(request.payload));
    });
}

void unwatch_services(Session& session, const Request& request) {
    if (ServiceDesk* const desk = desk_for(session, request)) {
        answer(session, request, desk->unwatch(std::get<Unwatch>(request.payload)));
    }
}

void send_command(Session& session, const Request& request) {
    ask_later(session, request, [&](ServiceDesk& desk, const Asked& asked) {
        return desk.call(asked, std::get<Command>(request.payload));
    });
}

void cancel_command(Session& session, const Request& request) {
    if (ServiceDesk* const desk = desk_for(session, request)) {
        answer(session, request, desk->cancel(std::get<CancelCommand>(request.payload)));
    }
}

void reply_to_command(Session& session, const Request& request) {
    const auto& reply = std::get<CommandReply>(request.payload);
    ServiceDesk* const desk = desk_for(session, request);
    if (!desk) return;
    const auto asked = desk->holds(reply) ? session.begin_anyway(request) : session.begin(request);
    if (!asked) return;
    if (const auto refusal = desk->reply(*asked, reply)) session.fail_begun(*asked, *refusal);
}

void report_progress(Session& session, const Request& request) {
    ask_later(session, request, [&](ServiceDesk& desk, const Asked& asked) {
        return desk.progress(asked, std::get<CommandReply>(request.payload));
    });
}

void emit_event(Session& session, const Request& request) {
    ServiceDesk* const desk = desk_for(session, request);
    if (!desk) return;
    const auto refusal = desk->emit(std::get<Emit>(request.payload));
    if (refusal || !request.id.empty()) answer(session, request, refusal);
}

void listen(Session& session, const Request& request) {
    if (ServiceDesk* const desk = desk_for(session, request)) {
        answer(session, request, desk->listen(std::get<Listen>(request.payload)));
    }
}

void unlisten(Session& session, const Request& request) {
    if (ServiceDesk* const desk = desk_for(session, request)) {
        answer(session, request, desk->unlisten(std::get<Unlisten>(request.payload)));
    }
}

}  // namespace gateway
