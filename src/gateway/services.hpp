#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "gateway/asked.hpp"
#include "gateway/connection.hpp"
#include "wire/message.hpp"

namespace gateway {

/// One connection's part in services: what it calls, what it does for others, which events and
/// changes it hears. Everything ends with it, on its shard's thread, as every call and answer.
///
/// What is asked under an `Asked` is answered once, never before the call has returned, unless the
/// call returns an Error: then it is refused.
class ServiceDesk {
public:
    /// Who sits there.
    class Owner {
    public:
        /// `payload` is JSON text, or empty.
        virtual void done(const Asked& asked, std::string_view payload) = 0;
        virtual void refused(const Asked& asked, const Error& error) = 0;

        /// A worker answered that it failed. `data` is JSON text.
        virtual void failed(const Asked& asked, std::string_view data) = 0;

        /// A worker's word before its last. `data` is JSON text.
        virtual void progressed(const Asked& asked, std::string_view data) = 0;

        /// Messages that nobody asked for.
        virtual void command(std::string message) = 0;
        virtual void change(std::string message) = 0;

        /// A frame of so many events. What it leads to may wait until `heard`, which follows
        /// before the thread does anything else.
        virtual void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) = 0;
        virtual void heard() = 0;

    protected:
        ~Owner() = default;
    };

    virtual ~ServiceDesk() = default;

    [[nodiscard]] virtual std::optional<Error> join(const Asked& asked, const Register& wanted) = 0;
    [[nodiscard]] virtual std::optional<Error> leave(const Unregister& which) = 0;

    virtual void list(const Asked& asked, const ListServices& which) = 0;
    [[nodiscard]] virtual std::optional<Error> watch(const Asked& asked, const Watch& which) = 0;
    [[nodiscard]] virtual std::optional<Error> unwatch(const Unwatch& which) = 0;

    [[nodiscard]] virtual std::optional<Error> call(const Asked& asked, const Command& command) = 0;

    /// Those that were called under this id are refused with job_cancelled, at once.
    [[nodiscard]] virtual std::optional<Error> cancel(const CancelCommand& which) = 0;

    /// Whether the job of this reply was given to this connection and has no reply yet: there are
    /// at most as many as its credit.
    [[nodiscard]] virtual bool holds(const CommandReply& reply) const = 0;
    [[nodiscard]] virtual std::optional<Error> reply(const Asked& asked,
                                                     const CommandReply& reply) = 0;
    [[nodiscard]] virtual std::optional<Error> progress(const Asked& asked,
                                                        const CommandReply& progress) = 0;

    [[nodiscard]] virtual std::optional<Error> emit(const Emit& event) = 0;
    [[nodiscard]] virtual std::optional<Error> listen(const Listen& what) = 0;
    [[nodiscard]] virtual std::optional<Error> unlisten(const Unlisten& what) = 0;

    /// It waits for no answer, nobody for one of its, and there is no work that it might get.
    [[nodiscard]] virtual bool is_idle() const = 0;
};

/// Opens desks for the sessions of one shard, on its thread alone.
class Services {
public:
    virtual ~Services() = default;

    /// `owner` must outlive the desk; `client` is what services call the connection.
    [[nodiscard]] virtual std::unique_ptr<ServiceDesk> open(ServiceDesk::Owner& owner,
                                                            std::string client) = 0;

    /// Calls `done` on `executor` with a JSON object: what waits, and what has happened.
    virtual void report(asio::any_io_executor executor, std::function<void(std::string)> done) = 0;
};

}  // namespace gateway
