#pragma once

#include <string_view>

namespace gateway {

/// The version of this build, as the build's project definition states it.
extern const std::string_view version;

}  // namespace gateway
