#pragma once

#include <functional>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

namespace gateway::services {

/// The way back to whoever asks: `say` is called on `executor`, never before the asking has
/// returned. What it captures is destroyed there, or with whoever was asked.
template <typename Word>
struct Line {
    asio::any_io_executor executor;
    std::function<void(Word)> say;
};

template <typename Word, typename Said>
void say(const Line<Word>& line, Said said) {
    asio::post(line.executor, [tell = line.say, word = Word(std::move(said))]() mutable {
        tell(std::move(word));
    });
}

/// The last word on a line; none where nobody hears it.
template <typename Word, typename Said>
void say_last(Line<Word> line, Said said) {
    if (!line.say) return;
    asio::post(line.executor, [tell = std::move(line.say), word = Word(std::move(said))]() mutable {
        tell(std::move(word));
    });
}

}  // namespace gateway::services
