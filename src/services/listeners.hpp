#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace gateway::services {

/// Who hears an event. Whoever makes them gives each one once.
enum class ListenerId : std::uint64_t {};

/// Which events are wanted.
struct Wanted {
    std::string service{};  ///< That emits them; empty: any, or none.
    std::string pattern{};  ///< As refusal_of_pattern has it; empty: any name.

    friend auto operator<=>(const Wanted&, const Wanted&) = default;
};

/// Who listens to which events.
///
/// A name is found by its hash, however many are listened to; a pattern by its segments: of those
/// of an event only what fits so far is looked at. Pure. Not thread-safe.
class Listeners {
public:
    Listeners();
    ~Listeners();
    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;

    /// False where it listens to just that already.
    bool add(ListenerId listener, const Wanted& wanted);

    /// False where it does not.
    bool remove(ListenerId listener, const Wanted& wanted);

    /// To nothing any more.
    void remove(ListenerId listener);

    /// How much this one listens to.
    [[nodiscard]] std::size_t count(ListenerId listener) const;

    [[nodiscard]] bool empty() const { return wanted_.empty(); }

    /// Sets `out` to those that an event reaches, each once, the order being any. `service` is
    /// empty for an event of no service.
    void match(std::string_view service, std::string_view name, std::vector<ListenerId>& out) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    template <typename Value>
    using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
    using Ids = std::unordered_set<ListenerId>;

    struct Node;
    struct Source;

    void forget(ListenerId listener, const Wanted& wanted);

    Map<std::unique_ptr<Source>> sources_;  ///< By the service; "" for any.
    std::unordered_map<ListenerId, std::set<Wanted>> wanted_;
};

}  // namespace gateway::services
