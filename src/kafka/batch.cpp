#include "kafka/batch.hpp"

#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace gateway::kafka {

namespace {

std::optional<std::string_view> bytes_at(const void* data, std::size_t size) {
    if (data == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(data), size);
}

void append_headers(const rd_kafka_message_t& message, std::vector<Header>& headers) {
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        headers.push_back({.name = name, .value = bytes_at(value, size)});
    }
}

}  // namespace

Batch::Loaded Batch::load(rd_kafka_queue_t* queue, const Filter& keeps) {
    clear();
    loaded_.resize(limit);
    const auto count = rd_kafka_consume_batch_queue(queue, 0, loaded_.data(), loaded_.size());
    if (count <= 0) return {};

    Loaded loaded{.messages = static_cast<std::size_t>(count), .bytes = 0};
    loaded_.resize(loaded.messages);
    for (auto* each : loaded_) {
        Message message(each);
        loaded.bytes += message->len;
        if (keeps(*message)) messages_.push_back(std::move(message));
    }
    view();
    return loaded;
}

std::span<const Record> Batch::rest() const {
    const auto end = passed_ < marks_.size() ? marks_[passed_].before : records_.size();
    return std::span<const Record>(records_).subspan(taken_, end - taken_);
}

const rd_kafka_message_t* Batch::mark() const {
    if (passed_ == marks_.size() || marks_[passed_].before != taken_) return nullptr;
    return marks_[passed_].message;
}

void Batch::keep_if(const Filter& keeps) {
    const auto begin = messages_.begin() + static_cast<std::ptrdiff_t>(taken_ + passed_);
    std::vector<Message> rest(std::make_move_iterator(begin),
                              std::make_move_iterator(messages_.end()));
    clear();
    std::erase_if(rest, [&](const Message& message) { return !keeps(*message); });
    messages_ = std::move(rest);
    view();
}

void Batch::clear() {
    records_.clear();
    marks_.clear();
    headers_.clear();
    header_ends_.clear();
    messages_.clear();
    taken_ = 0;
    passed_ = 0;
}

void Batch::view() {
    const rd_kafka_topic_t* last = nullptr;
    std::string_view topic;
    for (const auto& message : messages_) {
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            marks_.push_back({.before = records_.size(), .message = message.get()});
            continue;
        }
        if (message->rkt != last) {
            last = message->rkt;
            topic = rd_kafka_topic_name(message->rkt);
        }
        records_.push_back({.topic = topic,
                            .partition = message->partition,
                            .offset = message->offset,
                            .timestamp = rd_kafka_message_timestamp(message.get(), nullptr),
                            .key = bytes_at(message->key, message->key_len),
                            .value = bytes_at(message->payload, message->len),
                            .headers = {}});
        if (with_headers_) {
            append_headers(*message, headers_);
            header_ends_.push_back(headers_.size());
        }
    }
    // Only now do the headers stay where they are.
    std::size_t begin = 0;
    for (std::size_t i = 0; i < header_ends_.size(); ++i) {
        const std::size_t end = header_ends_[i];
        records_[i].headers = std::span<const Header>(headers_).subspan(begin, end - begin);
        begin = end;
    }
}

}  // namespace gateway::kafka
