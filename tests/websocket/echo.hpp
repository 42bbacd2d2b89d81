#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/connection.hpp"

namespace gateway {

/// Sends back every message. Reads no more while much of it is not yet written.
class Echo final : public Connection::Events {
public:
    explicit Echo(Connection& connection) : connection_(connection) {}

    void received_text(std::string_view text) override {
        connection_.send_text(std::string(text));
        sent();
    }
    void received_binary(std::string_view bytes) override {
        connection_.send_binary(std::string(bytes));
        sent();
    }
    void written(std::size_t frames) override {
        under_way_ -= frames;
        if (under_way_ < max_under_way) connection_.resume_reading();
    }
    void closed() override {}

private:
    static constexpr std::size_t max_under_way = 16;

    void sent() {
        if (++under_way_ >= max_under_way) connection_.pause_reading();
    }

    Connection& connection_;
    std::size_t under_way_ = 0;
};

}  // namespace gateway
