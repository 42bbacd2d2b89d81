#include "amqp/declarer.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "amqp/bytes.hpp"
#include "amqp/connection.hpp"

namespace gateway::amqp {

namespace {

std::string_view noun_of(Destination what) {
    switch (what) {
        case Destination::topic:
            return "topic";
        case Destination::queue:
            return "queue";
        case Destination::exchange:
            break;
    }
    return "exchange";
}

}  // namespace

void send_declaration(Link& link, std::uint16_t channel, const Declaration& declaration) {
    if (declaration.what == Destination::queue) {
        amqp_queue_declare_t declare{};
        declare.queue = to_bytes(declaration.name);
        declare.durable = 1;
        link.send(channel, AMQP_QUEUE_DECLARE_METHOD, &declare);
        return;
    }
    amqp_exchange_declare_t declare{};
    declare.exchange = to_bytes(declaration.name);
    declare.type = amqp_cstring_bytes("fanout");
    declare.durable = 1;
    declare.passive = declaration.what == Destination::exchange || !declaration.creates ? 1 : 0;
    link.send(channel, AMQP_EXCHANGE_DECLARE_METHOD, &declare);
}

amqp_method_number_t answer_to(const Declaration& declaration) {
    return declaration.what == Destination::queue ? AMQP_QUEUE_DECLARE_OK_METHOD
                                                  : AMQP_EXCHANGE_DECLARE_OK_METHOD;
}

Error refusal_of(const Declaration& declaration, const Closing& closing) {
    return Error(errc_of(closing.code), fmt::format("{} \"{}\": {}", noun_of(declaration.what),
                                                    declaration.name, closing.text));
}

void Declarer::declare(Declaration declaration, std::chrono::milliseconds timeout,
                       OnDeclared done) {
    if (!owner_.is_up() && owner_.error()) return done(*owner_.error());
    auto task = std::make_shared<Task>(Task{std::move(declaration), std::move(done), nullptr});
    task->deadline = std::make_unique<asio::steady_timer>(owner_.io(), timeout);
    task->deadline->async_wait([weak = std::weak_ptr(task)](std::error_code cancelled) {
        const auto late = weak.lock();
        if (cancelled || !late || !late->done) return;
        // It keeps its place: the answer, if it comes, is another's otherwise.
        std::exchange(late->done, nullptr)(Error(Errc::request_timeout));
    });
    tasks_.push_back(std::move(task));
    next();
}

void Declarer::opened() { next(); }

void Declarer::next() {
    if (!is_open() || is_asking_ || tasks_.empty()) return;
    is_asking_ = true;
    send_declaration(connection().link(), number(), tasks_.front()->declaration);
}

void Declarer::finish(const std::optional<Error>& error) {
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    is_asking_ = false;
    task->deadline->cancel();
    if (task->done) std::exchange(task->done, nullptr)(error);
}

void Declarer::answered(const amqp_method_t& method) {
    if (!is_asking_ || method.id != answer_to(tasks_.front()->declaration)) return;
    finish(std::nullopt);
    next();
}

void Declarer::closed(const Closing& closing) {
    owner_.post([this] { owner_.reopen(*this); });
    if (is_asking_) finish(refusal_of(tasks_.front()->declaration, closing));
}

void Declarer::lost(const Error& error, bool) {
    is_asking_ = false;
    for (const auto& task : std::exchange(tasks_, {})) {
        task->deadline->cancel();
        if (task->done) std::exchange(task->done, nullptr)(error);
    }
}

}  // namespace gateway::amqp
