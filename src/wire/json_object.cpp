#include "wire/json_object.hpp"

#include "wire/reader.hpp"

namespace gateway {

struct JsonObject::State {
    simdjson::ondemand::parser parser;
    std::vector<char> padded;
    std::vector<Member> members;
};

JsonObject::JsonObject() : state_(std::make_unique<State>()) {}

JsonObject::~JsonObject() = default;

const std::vector<JsonObject::Member>* JsonObject::read(std::string_view json) {
    std::vector<char>& padded = state_->padded;
    padded.assign(json.begin(), json.end());
    padded.resize(json.size() + simdjson::SIMDJSON_PADDING);

    simdjson::ondemand::document document;
    Reader::Object object;
    if (state_->parser.iterate(padded.data(), json.size(), padded.size()).get(document) ||
        document.get_object().get(object)) {
        return nullptr;
    }
    state_->members.clear();
    for (auto entry : object) {
        if (entry.error()) return nullptr;
        auto& field = entry.value_unsafe();
        std::string_view name;
        // simdjson 3.0 turns a lone low surrogate into bytes that are not UTF-8.
        if (field.unescaped_key().get(name) || !simdjson::validate_utf8(name)) return nullptr;
        Reader reader;
        std::string_view text;
        if (!reader.text(field.value(), text)) return nullptr;
        const auto begin = static_cast<std::size_t>(text.data() - padded.data());
        state_->members.push_back({name, json.substr(begin, text.size())});
    }
    return is_at_end(document) ? &state_->members : nullptr;
}

}  // namespace gateway
