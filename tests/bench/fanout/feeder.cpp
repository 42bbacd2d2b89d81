#include "fanout/feeder.hpp"

#include <numeric>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "load/frame.hpp"

namespace bench {

Feeder::Feeder(const Address& server, const Dialect& dialect)
    : dialect_(dialect), client_(dialect.entrance(server)) {
    if (const auto greeting = dialect.greeting(); !greeting.empty()) {
        client_.send(greeting);
        client_.await(dialect.answer());
    }
}

void Feeder::prepare(std::size_t per_frame, std::size_t values, const ValueOf& value_of) {
    frames_.clear();
    const std::size_t records = std::lcm(per_frame, values);
    std::vector<std::string> batch;
    for (std::size_t i = 0; i < records; ++i) {
        batch.push_back(value_of(i % values));
        if (batch.size() < per_frame) continue;
        append_frame(frames_, dialect_.publication(batch));
        batch.clear();
    }
    per_frame_ = per_frame;
    frame_bytes_ = frames_.size() / (records / per_frame);
}

bool Feeder::pump(std::uint64_t most) {
    while (true) {
        if (!rest_.empty()) {
            rest_.remove_prefix(client_.write(rest_));
            if (!rest_.empty()) return false;
        }
        if (sent_ + per_frame_ > most) return true;
        rest_ = std::string_view(frames_).substr(at_, frame_bytes_);
        at_ = (at_ + frame_bytes_) % frames_.size();
        sent_ += per_frame_;
    }
}

void Feeder::send(const std::string& value) {
    client_.send(dialect_.publication({&value, 1}));
    ++sent_;
}

void Feeder::listen() {
    client_.read([&](std::string_view text) {
        if (text.find(dialect_.refusal()) != text.npos) {
            throw std::runtime_error(fmt::format("a record was refused: {}", text));
        }
    });
}

}  // namespace bench
