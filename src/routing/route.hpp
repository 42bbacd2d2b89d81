#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "broker/record.hpp"
#include "filter/candidate.hpp"
#include "filter/filter.hpp"
#include "filter/scalar.hpp"
#include "routing/codec.hpp"
#include "routing/name_template.hpp"
#include "routing/options.hpp"
#include "routing/subject.hpp"

namespace gateway::routing {

/// A broker, as far as a route must know it.
struct BrokerTraits {
    std::string name{};
    bool has_exchanges = false;  ///< And queues, of any name; else names are is_topic_name.
};

/// One entry of the configuration, compiled. It does not change; threads share it.
class Route {
public:
    /// `brokers` are all, the default one first. Throws std::runtime_error, which begins with where
    /// the entry stands, for what is no filter, template or encoder, for a broker that is not
    /// there, and for a target that it does not have.
    Route(const RouteOptions& options, std::span<const BrokerTraits> brokers);

    /// Whether the message is what it asks for. `candidate` holds the message; its headers are
    /// those that the record would have.
    [[nodiscard]] bool takes(const Subject& subject, Candidate& candidate) const;

    [[nodiscard]] bool is_default() const { return is_default_; }
    [[nodiscard]] std::size_t broker() const { return broker_; }  ///< Its place among all.
    [[nodiscard]] Destination destination() const { return destination_; }
    [[nodiscard]] const Codec& encoder() const { return *encoder_; }

    /// Makes `name` and `routing_key` those for a message. False where it lacks a field of theirs:
    /// then the route does not take it.
    [[nodiscard]] bool address(const Subject& subject, std::string& name,
                               std::string& routing_key) const;

    /// Whether the broker may have this address, as far as can be told here.
    [[nodiscard]] bool is_allowed(std::string_view name, std::string_view routing_key) const;

private:
    void check(const RouteOptions& options, const BrokerTraits& broker) const;
    void check_place(const RouteOptions& options, const BrokerTraits& broker) const;
    [[nodiscard]] bool is_default_exchange() const;

    std::optional<Property> field_{};
    Literal value_{};
    std::shared_ptr<const Filter> filter_{};  ///< Null: it has none.
    bool is_default_;
    std::size_t broker_ = 0;
    bool has_exchanges_ = false;
    Destination destination_;
    NameTemplate name_;
    NameTemplate routing_key_;
    const Codec* encoder_;
};

}  // namespace gateway::routing
