#include "base/version.hpp"

#include <doctest/doctest.h>

namespace {

TEST_CASE("the version is the project's") { CHECK(gateway::version == PROJECT_VERSION); }

}  // namespace
