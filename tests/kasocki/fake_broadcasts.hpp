#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "gateway/broadcast.hpp"

namespace gateway::kasocki {

/// Broadcasts that are open: the test says what comes.
struct FakeBroadcasts final : Broadcasts {
    struct One final : Broadcast {
        One(FakeBroadcasts& owner, Broadcasts::Options options, Broadcast::Events& events)
            : owner(owner), options(std::move(options)), events(events) {
            owner.open_one = this;
        }
        ~One() override { owner.open_one = nullptr; }
        void resume() override { ++owner.resumed; }
        void commit(std::span<const Position>) override {}
        void close(std::function<void()> done) override { done(); }
        void change(std::optional<View>) override {}
        [[nodiscard]] Cursor position() const override { return {}; }

        FakeBroadcasts& owner;
        Broadcasts::Options options;
        Broadcast::Events& events;
    };

    Result<std::unique_ptr<Broadcast>> open(Broker&, Broadcasts::Options options,
                                            Broadcast::Events& events) override {
        if (refusal) return *refusal;
        return std::unique_ptr<Broadcast>(std::make_unique<One>(*this, std::move(options), events));
    }

    One* open_one = nullptr;
    int resumed = 0;
    std::optional<Error> refusal;
};

}  // namespace gateway::kasocki
