#pragma once

#include <amqp.h>

#include <cstddef>
#include <optional>
#include <string>

#include "amqp/channel.hpp"

namespace gateway::amqp {

/// Puts the frames of one channel together: a method, and for content its header and body.
class Assembly {
public:
    /// Begins with basic.deliver or basic.return; its views must hold until the content is whole.
    void begin(const amqp_method_t& method);

    /// Each returns the content once it is whole, valid until the next call.
    [[nodiscard]] const Content* add_header(const amqp_basic_properties_t& properties,
                                            std::size_t body_size);
    [[nodiscard]] const Content* add_body(std::string_view part);

    [[nodiscard]] bool is_under_way() const { return is_under_way_; }

    /// Forgets what is under way.
    void reset();

private:
    Content content_;
    std::string body_;  ///< Of several frames.
    std::size_t body_size_ = 0;
    bool is_under_way_ = false;
};

}  // namespace gateway::amqp
