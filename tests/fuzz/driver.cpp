// Runs a fuzz target without a fuzzer: over each file of a folder, and over random changes of them.
//
//     TARGET FOLDER [MUTATIONS [SEED]]
//     TARGET FILE
//
// The same arguments do the same. Where the target dies, or is ended for taking too long, the input
// goes to `TARGET.died`; run the target with that file to see it again.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "mutation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Of the sanitizers, where the program is built with one: they end it without a signal.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace {

std::string input;
std::string died_path;

/// Called from a signal handler: system calls only.
void keep_input() {
    const int file = open(died_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const bool is_kept =
        file >= 0 && write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size());
    const std::string_view said =
        is_kept ? "the input is kept in " : "the input cannot be kept in ";
    (void)!write(STDERR_FILENO, said.data(), said.size());
    (void)!write(STDERR_FILENO, died_path.data(), died_path.size());
    (void)!write(STDERR_FILENO, "\n", 1);
}

void on_signal(int number) {
    keep_input();
    std::signal(number, SIG_DFL);
    std::raise(number);
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> corpus_of(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return {content_of(path)};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry);
    std::sort(files.begin(), files.end());
    std::vector<std::string> corpus;
    for (const auto& file : files) corpus.push_back(content_of(file));
    return corpus;
}

void run(std::string next) {
    input = std::move(next);
    // A copy of exactly its size, so that a read behind its end is noticed.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || !std::filesystem::exists(argv[1])) {
        std::fprintf(stderr, "usage: %s FOLDER [MUTATIONS [SEED]]\n       %s FILE\n", argv[0],
                     argv[0]);
        return 2;
    }
    died_path = std::filesystem::path(argv[0]).filename().string() + ".died";
    if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(keep_input);
    for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTERM}) {
        if (number != SIGSEGV || !__sanitizer_set_death_callback) std::signal(number, on_signal);
    }

    const std::vector<std::string> corpus = corpus_of(argv[1]);
    const std::uint64_t mutations = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
    const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
    if (corpus.empty()) {
        std::fprintf(stderr, "%s holds no input\n", argv[1]);
        return 2;
    }
    for (const auto& text : corpus) run(text);
    for (std::uint64_t i = 0; i < mutations; ++i) {
        run(fuzz::mutated(corpus, (seed << 32) + i));
    }
    std::printf("%zu inputs, %llu mutations\n", corpus.size(),
                static_cast<unsigned long long>(mutations));
    return 0;
}
