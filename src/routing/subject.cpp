#include "routing/subject.hpp"

#include <utility>

namespace gateway::routing {

namespace {

std::string_view Subject::*sender_named(std::string_view name) {
    if (name == "$client") return &Subject::client;
    if (name == "$node") return &Subject::node;
    if (name == "$user") return &Subject::user;
    return nullptr;
}

}  // namespace

Property Property::member(std::string_view name) {
    Property property;
    property.sender_ = sender_named(name);
    property.name_ = name;
    return property;
}

Result<Property> Property::path(std::string_view text) {
    Property property;
    property.sender_ = sender_named(text);
    if (property.sender_) return property;
    if (text.empty()) return Error(Errc::invalid_filter, "names no field");
    auto field = Field::parse(text);
    if (!field) return field.error();
    if (field->place() != Field::Place::payload) {
        return Error(Errc::invalid_filter,
                     "is of a record: of who sent a message there are $client, $node and "
                     "$user");
    }
    property.path_ = std::move(*field);
    return property;
}

std::optional<Scalar> Property::find(const Subject& subject) const {
    if (sender_) {
        const std::string_view sender = subject.*sender_;
        return sender.empty() ? std::nullopt : std::make_optional(Scalar::of(sender));
    }
    const Outline::Value* const value =
        path_ ? path_->find(subject.message) : subject.message.field(name_);
    if (!value || value->kind == Outline::Kind::array || value->kind == Outline::Kind::object) {
        return std::nullopt;
    }
    return Scalar::of(*value);
}

}  // namespace gateway::routing
