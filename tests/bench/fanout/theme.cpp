#include "fanout/theme.hpp"

namespace bench {

Theme::Theme(const Stage& stage, const Audience& audience) : name_("fanout") {
    if (!stage.brokers.empty()) name_ = topic_.emplace(stage.brokers, "fanout").name();
    dialect_ = make_dialect(stage.dialect, name_, audience.group);
    if (!topic_) dialect_->make_topic(stage.address);
}

}  // namespace bench
