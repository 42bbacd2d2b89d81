#include "amqp/assembly.hpp"

#include "amqp/bytes.hpp"

namespace gateway::amqp {

void Assembly::begin(const amqp_method_t& method) {
    reset();
    is_under_way_ = true;
    if (method.id == AMQP_BASIC_DELIVER_METHOD) {
        const auto& deliver = *static_cast<amqp_basic_deliver_t*>(method.decoded);
        content_ = {.is_returned = false,
                    .tag = deliver.delivery_tag,
                    .exchange = to_view(deliver.exchange),
                    .routing_key = to_view(deliver.routing_key),
                    .properties = nullptr,
                    .body = {}};
    } else {
        const auto& returned = *static_cast<amqp_basic_return_t*>(method.decoded);
        content_ = {.is_returned = true,
                    .tag = 0,
                    .exchange = to_view(returned.exchange),
                    .routing_key = to_view(returned.routing_key),
                    .properties = nullptr,
                    .body = {}};
    }
}

const Content* Assembly::add_header(const amqp_basic_properties_t& properties,
                                    std::size_t body_size) {
    content_.properties = &properties;
    body_size_ = body_size;
    if (body_size > 0) return nullptr;
    is_under_way_ = false;
    return &content_;
}

const Content* Assembly::add_body(std::string_view part) {
    if (part.size() == body_size_) {
        content_.body = part;
    } else {
        if (body_.empty()) body_.reserve(body_size_);
        body_ += part;
        if (body_.size() < body_size_) return nullptr;
        content_.body = body_;
    }
    is_under_way_ = false;
    return &content_;
}

void Assembly::reset() {
    is_under_way_ = false;
    body_.clear();
    if (body_.capacity() > 256 << 10) body_.shrink_to_fit();
}

}  // namespace gateway::amqp
