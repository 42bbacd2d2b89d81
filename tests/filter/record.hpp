#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "filter/filter.hpp"

/// A filter that must compile.
inline std::shared_ptr<const gateway::Filter> compiled(
    std::string_view json, const gateway::Filter::Options& options = {}) {
    auto filter = gateway::Filter::compile(json, options);
    INFO("filter: ", std::string(json));
    INFO("error: ", filter ? std::string() : filter.error().message);
    REQUIRE(filter);
    return *filter;
}

/// Whether the filter matches a record with this payload, and without anything else.
inline bool matches(std::string_view filter, std::string_view payload) {
    gateway::Candidate candidate;
    candidate.set({.value = payload});
    return compiled(filter)->matches(candidate);
}

/// Whether the filter matches a record of these parts.
inline bool matches(std::string_view filter, const gateway::Candidate::Parts& parts) {
    gateway::Candidate candidate;
    candidate.set(parts);
    return compiled(filter)->matches(candidate);
}
