#pragma once

#include <memory>
#include <optional>

#include "fanout/dialect.hpp"
#include "fanout/runs.hpp"
#include "measure/topic.hpp"

namespace bench {

/// The topic of a run, in its server's dialect. One at a Kafka is removed at the end.
class Theme {
public:
    Theme(const Stage& stage, const Audience& audience);

    [[nodiscard]] const Dialect& dialect() const { return *dialect_; }
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::optional<TemporaryTopic> topic_;
    std::string name_;
    std::unique_ptr<Dialect> dialect_;
};

}  // namespace bench
