#include "mutation.hpp"

#include <algorithm>
#include <random>
#include <string_view>

namespace fuzz {

namespace {

/// What texts here are made of, and what is near an edge of some code.
constexpr std::string_view pieces[] = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "/",
    "{}",
    "[]",
    "\"\"",
    "null",
    "true",
    "false",
    "0",
    "-",
    ".",
    "e",
    "1e999",
    "-0",
    "1.5",
    "\\u00e9",
    "\\ud83d",
    "\\udc00",
    "\\n",
    "\n",
    " ",
    "$",
    "\xc3\xa9",
    "\xff",
    "\x01",
    "(",
    ")",
    "*",
    "^",
    "9007199254740993",
    "18446744073709551616",
    "00",
    "\\",
    "\\.",
    "\\p{L}",
    "{1,9}",
};

class Mutation {
public:
    Mutation(const std::vector<std::string>& corpus, std::uint64_t seed)
        : corpus_(corpus), random_(seed), text_(other()) {}

    std::string run() {
        for (std::size_t left = 1 + below(6); left > 0; --left) change();
        if (text_.size() > max_bytes) text_.resize(max_bytes);
        return std::move(text_);
    }

private:
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

    const std::string& other() { return corpus_[below(corpus_.size())]; }

    /// A part of some length that is more often short.
    std::string part_of(const std::string& text) {
        if (text.empty()) return {};
        const std::size_t begin = below(text.size());
        return text.substr(begin, 1 + below(1 + below(text.size() - begin)));
    }

    void change() {
        const std::size_t at = below(text_.size() + 1);
        switch (below(7)) {
            case 0:
                text_.insert(at, pieces[below(std::size(pieces))]);
                break;
            case 1:
                text_.erase(at, 1 + below(8));
                break;
            case 2:
                text_.insert(at, part_of(other()));
                break;
            case 3:
                text_.insert(at, part_of(text_));
                break;
            case 4:
                text_.resize(at);
                text_ += part_of(other());
                break;
            case 5:
                if (at < text_.size()) text_[at] = static_cast<char>(text_[at] ^ (1 << below(8)));
                break;
            default:
                if (at < text_.size()) text_.replace(at, 1, pieces[below(std::size(pieces))]);
        }
    }

    const std::vector<std::string>& corpus_;
    std::mt19937_64 random_;
    std::string text_;
};

}  // namespace

std::string mutated(const std::vector<std::string>& corpus, std::uint64_t seed) {
    return Mutation(corpus, seed).run();
}

}  // namespace fuzz
