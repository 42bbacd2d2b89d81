#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <asio/any_io_executor.hpp>

#include "broker/record.hpp"
#include "kafka/batch.hpp"
#include "kafka/fetch_wake.hpp"
#include "kafka/handle.hpp"
#include "kafka/queue_event.hpp"

namespace gateway::kafka {

/// Calls `visit` with the last record of each partition's run, from the last run on.
template <typename Visit>
void for_each_run(std::span<const Record> records, Visit visit) {
    const Record* run = nullptr;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        if (run != nullptr && run->partition == record->partition &&
            run->topic.data() == record->topic.data()) {
            continue;
        }
        run = &*record;
        visit(*record);
    }
}

/// Takes what librdkafka fetched out of a queue, on its shard, and hands it to an owner who may
/// take less than he is given.
///
/// What he does not take stays here or in the queue, which is bounded and then fetches no more:
/// nothing is paused at the broker, so nothing is fetched twice.
class Intake {
public:
    class Owner {
    public:
        /// Whether what just came out of the queue is handed over in its turn.
        [[nodiscard]] virtual bool keeps(const rd_kafka_message_t& message) = 0;

        /// Takes records, from the first on, and returns how many. If that is not all, no more are
        /// handed over until `resume()`.
        [[nodiscard]] virtual std::size_t records(std::span<const Record> records) = 0;

        /// What stands in a record's place: the end of a partition or an error.
        virtual void mark(const rd_kafka_message_t& message) = 0;

    protected:
        ~Owner() = default;
    };

    /// `owner` must outlive it.
    Intake(asio::any_io_executor executor, Owner& owner, Batch::WithHeaders headers)
        : executor_(std::move(executor)), owner_(owner), batch_(headers) {}

    /// From where it takes, once it is started. Both belong to librdkafka's handle and are let go
    /// of by `release`; `self` keeps the owner alive where it is called from outside. Throws
    /// std::system_error.
    void open(rd_kafka_t* handle, std::shared_ptr<rd_kafka_queue_t> queue,
              std::weak_ptr<Intake> self);

    /// Hands over from now on.
    void start();

    void resume();

    /// Hands over nothing until `go_on`.
    void hold() { held_ = true; }
    void go_on();

    /// Lets go of what is not taken yet. Not from within a call to the owner.
    void forget_rest() { batch_.clear(); }

    /// Asks its owner again about what it holds; the records of a call that has not returned stay
    /// until then.
    void sift();

    /// Makes a call into code that may release this.
    template <typename Call>
    void tell(Call call) {
        ++inside_;
        call();
        if (--inside_ == 0 && released_) let_go();
    }

    /// Lets go of everything that is librdkafka's, hands over no more, and calls `released`: from
    /// within the call, but if that comes from within another to the owner, then after that.
    void release(std::function<void()> released);

private:
    [[nodiscard]] QueueEvent::Left drain();
    [[nodiscard]] bool hand_out();
    void let_go();

    asio::any_io_executor executor_;
    Owner& owner_;
    std::optional<FetchWake> fetch_wake_;
    std::shared_ptr<QueueEvent> event_;
    Batch batch_;
    bool started_ = false;
    bool paused_ = false;
    bool held_ = false;
    bool stopped_ = false;
    bool sifts_later_ = false;
    int inside_ = 0;  ///< Calls that have not returned.
    std::function<void()> released_;
};

}  // namespace gateway::kafka
