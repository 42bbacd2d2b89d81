#include "wire/json_check.hpp"

#include <string>
#include <vector>

#include "wire/reader.hpp"

namespace gateway {

struct JsonCheck::State {
    simdjson::ondemand::parser parser;
    std::vector<char> padded;
};

JsonCheck::JsonCheck() : state_(std::make_unique<State>()) {}

JsonCheck::~JsonCheck() = default;

bool JsonCheck::is_json(std::string_view value) {
    // In an array every value, a lone number too, is read by the same functions, and what follows
    // it is noticed by the array's end.
    std::vector<char>& padded = state_->padded;
    const std::size_t size = value.size() + 2;
    padded.clear();
    padded.reserve(size + simdjson::SIMDJSON_PADDING);
    padded.push_back('[');
    padded.insert(padded.end(), value.begin(), value.end());
    padded.push_back(']');
    padded.resize(size + simdjson::SIMDJSON_PADDING);

    simdjson::ondemand::document document;
    Reader::Array array;
    if (state_->parser.iterate(padded.data(), size, padded.size()).get(document) ||
        document.get_array().get(array)) {
        return false;
    }
    int count = 0;
    for (auto element : array) {
        Reader::Value item;
        Reader reader;
        if (element.get(item) || !reader.check(item)) return false;
        ++count;
    }
    return count == 1 && is_at_end(document);
}

}  // namespace gateway
