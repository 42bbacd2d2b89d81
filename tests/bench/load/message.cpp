#include "load/message.hpp"

#include <cstring>

#include <fmt/format.h>

#include "load/frame.hpp"

namespace bench {

std::string value_of(std::size_t size) {
    std::string value(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        value[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
    return value;
}

std::string notif(std::uint64_t id, std::string_view topic, std::string_view value, bool ack) {
    return fmt::format(R"({{"id":{},"t":"notif","a":"create","p":{{"t":"{}","m":"{}"{}}}}})",
                       10'000'000 + id % 90'000'000, topic, value, ack ? R"(,"ack":true)" : "");
}

std::string subscribe(std::string_view topic, std::string_view group) {
    return fmt::format(
        R"({{"id":1,"t":"topic","a":"subscribe","p":{{"t":["{}"],"consumer_group":"{}"}}}})", topic,
        group);
}

FrameRing::FrameRing(const Options& options) : per_frame(options.per_frame) {
    const auto value = value_of(options.value_size);
    std::uint64_t id = 0;
    while (bytes.size() < options.least_bytes || frames * per_frame < 2000) {
        std::string payload = per_frame > 1 ? "[" : "";
        for (std::size_t i = 0; i < per_frame; ++i) {
            if (i > 0) payload += ',';
            payload += notif(id++, options.topic, value, options.ack);
        }
        if (per_frame > 1) payload += ']';
        append_frame(bytes, payload);
        ++frames;
    }
    frame_bytes = bytes.size() / frames;
}

std::size_t count_in(std::string_view text, std::string_view what, std::size_t apart) {
    std::size_t count = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        const void* found =
            memmem(at, static_cast<std::size_t>(end - at), what.data(), what.size());
        if (found == nullptr) break;
        ++count;
        at = static_cast<const char*>(found) + what.size() + apart;
    }
    return count;
}

}  // namespace bench
