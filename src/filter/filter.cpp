#include "filter/filter.hpp"

#include <utility>

#include "filter/compiler.hpp"

namespace gateway {

Result<std::shared_ptr<const Filter>> Filter::compile(std::string_view json,
                                                      const Options& options) {
    return Compiler(options).compile(json);
}

Filter::Filter(Expression expression, std::string text)
    : expression_(std::move(expression)),
      text_(std::move(text)),
      reads_payload_(expression_.reads(Field::Place::payload)),
      reads_headers_(expression_.reads(Field::Place::headers)) {}

}  // namespace gateway
