#include "config/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "config/keys.hpp"

namespace gateway::config {
namespace {

/// Letters to insert, remove or replace to get from one to the other.
std::size_t edits_between(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t too_far = 4;
    constexpr std::size_t longest_word = 100;

    std::size_t nearest = too_far;
    std::string best;
    for (const auto& candidate : known) {
        if (word.size() > longest_word) break;
        const std::size_t edits = edits_between(word, candidate);
        if (edits >= nearest) continue;
        nearest = edits;
        best = candidate;
    }
    return best.empty() ? "; --help lists them all" : "; did you mean " + best + "?";
}

std::vector<std::string> key_names() {
    std::vector<std::string> names{"kafka.bootstrap.servers"};
    for (const Key& key : keys()) names.emplace_back(key.name);
    return names;
}

}  // namespace gateway::config
