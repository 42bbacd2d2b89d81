#include <cstdlib>
#include <new>
#include <string>

#include "record.hpp"

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

// All of them, so that none allocates with one and frees with another.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

TEST_CASE("a record costs no allocation once one as large has been seen") {
    const auto filter = compiled(
        R"({"a.b":[1,"/x+$/i"],"c":{"gt":1.5,"exists":true},"any":[{"$key":"k"},{"not":{"$partition":1}}]})");
    gateway::Candidate candidate;
    const std::string large = R"({"a":{"b":"\u0078xX"},"c":[1,2.5],"d":[)" + std::string(500, ' ') +
                              "[],[],{\"e\":\"" + std::string(500, 'y') + "\"}]}";
    const std::string small = R"({"a":{"b":1},"c":7e3})";
    const std::string broken = R"({"a":{"b":1},"c":7e3)";
    const auto ask = [&](const std::string& value) {
        candidate.set({.value = value, .key = "k", .partition = 2});
        return filter->matches(candidate);
    };
    CHECK(ask(large));
    const std::size_t before = allocations;
    bool all = true;
    for (int i = 0; i < 10; ++i) all = ask(small) && ask(large) && !ask(broken) && all;
    CHECK(allocations == before);
    CHECK(all);
    CHECK(before > 0);
}

}  // namespace
