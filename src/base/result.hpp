#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace gateway {

/// A value, or the Error that stands in its place. Traffic never throws: what a client can cause
/// travels in one of these.
///
/// Asking for the half that is not there is a bug in the caller and asserts.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : either_(std::move(value)) {}
    Result(Error error) : either_(std::move(error)) {}

    [[nodiscard]] bool has_value() const { return std::holds_alternative<T>(either_); }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() {
        assert(has_value());
        return *std::get_if<T>(&either_);
    }
    [[nodiscard]] const T& value() const {
        assert(has_value());
        return *std::get_if<T>(&either_);
    }
    [[nodiscard]] const Error& error() const {
        assert(!has_value());
        return *std::get_if<Error>(&either_);
    }

    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Error> either_;
};

}  // namespace gateway
