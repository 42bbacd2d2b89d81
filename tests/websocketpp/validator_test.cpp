#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <websocketpp/utf8_validator.hpp>

#include "websocketpp/original.hpp"

#ifndef SIMDJSON_VERSION
#error "the original validator stands in front of the overlay: this would compare it with itself"
#endif

using Validator = websocketpp::utf8_validator::validator;
using namespace std::string_view_literals;

namespace {

/// The message in the pieces that its cuts make, one piece after the other to both validators.
/// True if they agree after every piece and on whether the message may end there.
bool agree(std::string_view message, const std::vector<std::size_t>& cuts) {
    Validator ours;
    original::Validator theirs;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t to = i < cuts.size() ? cuts[i] : message.size();
        const std::string piece(message.substr(from, to - from));
        from = to;
        const bool expected = theirs.decode(piece);
        if (ours.decode(piece.begin(), piece.end()) != expected) return false;
        if (ours.complete() != theirs.complete()) return false;
    }
    return true;
}

bool agree_at_every_split(std::string_view message) {
    for (std::size_t first = 0; first <= message.size(); ++first) {
        for (std::size_t second = first; second <= message.size(); ++second) {
            if (!agree(message, {first, second})) return false;
        }
    }
    std::vector<std::size_t> every_byte;
    for (std::size_t i = 1; i < message.size(); ++i) every_byte.push_back(i);
    return agree(message, every_byte);
}

bool is_valid(std::string_view message) {
    Validator validator;
    return validator.decode(message.begin(), message.end()) && validator.complete();
}

constexpr std::string_view valid[] = {
    ""sv,
    "a"sv,
    "\0"sv,
    "\x7f"sv,
    "\xc2\x80"sv,
    "\xdf\xbf"sv,
    "\xe0\xa0\x80"sv,
    "\xed\x9f\xbf"sv,
    "\xee\x80\x80"sv,
    "\xef\xbf\xbf"sv,
    "\xf0\x90\x80\x80"sv,
    "\xf4\x8f\xbf\xbf"sv,
    "\xef\xbb\xbfmark"sv,
    "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!"sv,
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"sv,
    "{\"id\":1,\"t\":\"notif\",\"p\":\"\xf0\x9f\x98\x80 \xe6\x97\xa5\xe6\x9c\xac\"}"sv,
};

constexpr std::string_view invalid[] = {
    "\x80"sv,                          // a continuation with nothing to continue
    "\xbf\xbf"sv,                      //
    "\xc0\x80"sv,                      // overlong
    "\xc1\xbf"sv,                      //
    "\xe0\x80\x80"sv,                  //
    "\xe0\x9f\xbf"sv,                  //
    "\xf0\x80\x80\x80"sv,              //
    "\xf0\x8f\xbf\xbf"sv,              //
    "\xed\xa0\x80"sv,                  // surrogates
    "\xed\xbf\xbf"sv,                  //
    "\xed\xa0\xbd\xed\xb8\x80"sv,      //
    "\xf4\x90\x80\x80"sv,              // above U+10FFFF
    "\xf5\x80\x80\x80"sv,              //
    "\xf8\x88\x80\x80\x80"sv,          //
    "\xfc\x84\x80\x80\x80\x80"sv,      //
    "\xfe"sv,                          //
    "\xff"sv,                          //
    "\xc2"sv,                          // cut off
    "\xe1\x80"sv,                      //
    "\xf1\x80\x80"sv,                  //
    "\xc2\xc2\x80"sv,                  // a lead where a continuation belongs
    "\xe1\x80\xe1\x80\x80"sv,          //
    "\xf1\x80\x80\x41"sv,              //
    "\xce\xba\xf4\x90\x80\x80\x65"sv,  // Autobahn 6.4: invalid in the middle
};

/// `base` with text before and after, so that it meets the blocks of the vector code everywhere.
std::string padded(std::string_view base, std::size_t before, std::size_t after) {
    return std::string(before, 'x') + std::string(base) + std::string(after, 'y');
}

TEST_CASE("what Unicode calls valid is valid, what it does not is not") {
    for (const auto message : valid) {
        CAPTURE(message);
        CHECK(is_valid(message));
    }
    for (const auto message : invalid) {
        CAPTURE(message);
        CHECK_FALSE(is_valid(message));
    }
}

TEST_CASE("the verdict is the original's after every piece, for every two cuts") {
    for (const auto message : valid) CHECK(agree_at_every_split(message));
    for (const auto message : invalid) CHECK(agree_at_every_split(message));
}

TEST_CASE("the verdict is the original's wherever the sequence lies in a long text") {
    std::vector<std::string_view> corpus(std::begin(valid), std::end(valid));
    corpus.insert(corpus.end(), std::begin(invalid), std::end(invalid));
    for (const auto message : corpus) {
        for (const std::size_t before : {1, 13, 31, 61, 62, 63, 64, 65, 126}) {
            const std::string text = padded(message, before, 70);
            for (std::size_t cut = 0; cut <= text.size(); ++cut) CHECK(agree(text, {cut}));
        }
    }
}

TEST_CASE("every sequence of two bytes, and every lead with two at the bounds, is judged alike") {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const std::string two{static_cast<char>(a), static_cast<char>(b)};
            REQUIRE(agree(two, {}));
            REQUIRE(agree(two, {1}));
            for (const int c : {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xff}) {
                const std::string three = two + static_cast<char>(c);
                REQUIRE(agree(three, {}));
                REQUIRE(agree(three, {1}));
                REQUIRE(agree(three, {2}));
                REQUIRE(agree(three + '\x80', {}));
                REQUIRE(agree(three + '\x80', {3}));
            }
        }
    }
}

TEST_CASE("the verdict is the original's for mutated texts in random pieces") {
    std::mt19937 random(20240611);
    const auto below = [&random](std::size_t bound) { return random() % bound; };
    int refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        const std::size_t parts = below(40);
        for (std::size_t i = 0; i < parts; ++i) {
            text += valid[below(std::size(valid))];
            text += std::string(below(20), 'z');
        }
        const std::size_t mutations = below(3);
        for (std::size_t i = 0; i < mutations && !text.empty(); ++i) {
            text[below(text.size())] = static_cast<char>(below(256));
        }
        std::vector<std::size_t> cuts;
        std::size_t at = 0;
        while (below(8) != 0 && at < text.size()) cuts.push_back(at += below(text.size() - at + 1));
        refused += is_valid(text) ? 0 : 1;
        REQUIRE(agree(text, cuts));
    }
    CHECK(refused > 5000);
    CHECK(refused < 15000);
}

TEST_CASE("a start that may yet become valid is not refused") {
    for (const auto message : valid) {
        for (std::size_t size = 0; size <= message.size(); ++size) {
            Validator validator;
            const auto start = message.substr(0, size);
            CHECK(validator.decode(start.begin(), start.end()));
        }
    }
}

TEST_CASE("an invalid byte is refused by the piece that brings it") {
    Validator validator;
    const auto opening = "\xce\xba\xf4"sv;
    const auto bad = "\x90"sv;
    CHECK(validator.decode(opening.begin(), opening.end()));
    CHECK_FALSE(validator.complete());
    CHECK_FALSE(validator.decode(bad.begin(), bad.end()));
}

TEST_CASE("a validator that was reset knows nothing of what it refused") {
    Validator validator;
    const auto bad = "\xff and more"sv;
    CHECK_FALSE(validator.decode(bad.begin(), bad.end()));
    CHECK_FALSE(validator.complete());
    validator.reset();
    CHECK(validator.complete());
    const auto good = "fine"sv;
    CHECK(validator.decode(good.begin(), good.end()));
}

}  // namespace
