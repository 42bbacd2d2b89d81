#include "filter/candidate.hpp"

namespace gateway {

void Candidate::read() {
    payload_ = parts_.value ? outline_.read(*parts_.value) : nullptr;
    is_read_ = true;
}

}  // namespace gateway
