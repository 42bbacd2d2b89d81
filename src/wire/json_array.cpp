#include "wire/json_array.hpp"

#include "wire/reader.hpp"

namespace gateway {

struct JsonArray::State {
    simdjson::ondemand::parser parser;
    std::vector<char> padded;
    std::vector<std::string_view> elements;
};

JsonArray::JsonArray() : state_(std::make_unique<State>()) {}

JsonArray::~JsonArray() = default;

const std::vector<std::string_view>* JsonArray::read(std::string_view json) {
    std::vector<char>& padded = state_->padded;
    padded.assign(json.begin(), json.end());
    padded.resize(json.size() + simdjson::SIMDJSON_PADDING);

    simdjson::ondemand::document document;
    Reader::Array array;
    if (state_->parser.iterate(padded.data(), json.size(), padded.size()).get(document) ||
        document.get_array().get(array)) {
        return nullptr;
    }
    state_->elements.clear();
    for (auto element : array) {
        Reader::Value value;
        Reader reader;
        std::string_view text;
        if (element.get(value) || !reader.text(value, text)) return nullptr;
        const auto begin = static_cast<std::size_t>(text.data() - padded.data());
        state_->elements.push_back(json.substr(begin, text.size()));
    }
    return is_at_end(document) ? &state_->elements : nullptr;
}

std::optional<std::string> string_of(std::string_view element) {
    if (!element.starts_with('"')) return std::nullopt;
    if (element.find('\\') == std::string_view::npos) {
        return std::string(element.substr(1, element.size() - 2));
    }
    const simdjson::padded_string padded("[" + std::string(element) + "]");
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    std::string_view text;
    if (parser.iterate(padded).get(document) || document.at(0).get_string().get(text)) {
        return std::nullopt;
    }
    return std::string(text);
}

}  // namespace gateway
