#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gateway {

/// Where the values of a JSON text stand, in the order of the text: the text is read once, and can
/// then be asked about its fields as often as wanted.
///
/// Nothing is converted, and nothing is allocated once the largest text of ordinary size has been
/// seen; what a larger one took is given back by the next one that is not. Not thread-safe.
class Outline {
public:
    enum class Kind : std::uint8_t { null, yes, no, number, string, array, object };

    /// One value, which stands right before the values that it contains. It points into the outline
    /// and is valid until the next `read`.
    struct Value {
        std::string_view key;  ///< Of a field; unescaped.
        std::string_view
            text;            ///< Of a string its characters, unescaped; of a number its spelling.
        std::uint32_t size;  ///< How many values it is, itself included.
        Kind kind;

        /// The field of that name, the first if several have it; null where there is none, and
        /// where this is no object.
        [[nodiscard]] const Value* field(std::string_view name) const;

        /// The element of that index, from 0; null where there is none, and where this is no array.
        [[nodiscard]] const Value* element(std::uint32_t index) const;

        [[nodiscard]] const Value* first() const { return this + 1; }
        [[nodiscard]] const Value* next() const { return this + size; }  ///< The one beside it.
        [[nodiscard]] const Value* end() const { return this + size; }   ///< Behind its last.
    };

    static constexpr int max_nesting = 64;  ///< Levels, as everywhere in the protocol.
    static constexpr std::size_t kept_bytes = 256U
                                              << 10;  ///< Text larger than this is not ordinary.

    Outline();
    ~Outline();
    Outline(const Outline&) = delete;
    Outline& operator=(const Outline&) = delete;

    /// The text's value, or null where it is not JSON: RFC 8259 and UTF-8 to its last byte, without
    /// lone surrogates, nested at most `max_nesting` levels. Copies the text.
    [[nodiscard]] const Value* read(std::string_view json);

private:
    struct Walk;
    struct Parser;

    std::unique_ptr<Parser> parser_;
    std::vector<char> padded_;
    std::vector<Value> values_;  ///< The values, and room for more.
};

}  // namespace gateway
