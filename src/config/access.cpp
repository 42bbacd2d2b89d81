#include "config/access.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/error.hpp"
#include "config/units.hpp"

namespace gateway::config {
namespace {

[[noreturn]] void fail(const Setting& setting, std::string_view allowed) {
    throw Error(fmt::format("{}: {} is not {}", setting.where,
                            setting.value ? fmt::format("\"{}\"", *setting.value) : "null",
                            allowed));
}

const std::string& text_of(const Setting& setting) {
    if (!setting.value || setting.value->empty()) fail(setting, "text of at least one character");
    return *setting.value;
}

bool flag_of(const Setting& setting) {
    if (setting.value != "true" && setting.value != "false") fail(setting, "true or false");
    return setting.value == "true";
}

std::uint16_t port_of(const Setting& setting, std::string_view text) {
    const auto number = parse_number(text);
    if (!number || *number < 1 || *number > 65535) fail(setting, "a port, from 1 to 65535");
    return static_cast<std::uint16_t>(*number);
}

/// "host", "host:port" or "[address]:port".
Access::Host host_of(const Setting& setting, std::string_view text) {
    constexpr std::string_view allowed = "a host or host:port, or several with commas between them";
    const bool is_bracketed = text.starts_with('[');
    const std::size_t end = is_bracketed ? text.find(']') : text.find(':');
    if (is_bracketed && end == std::string_view::npos) fail(setting, allowed);
    const std::string_view name = is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + is_bracketed);
    if (name.empty() || name.find_first_of(" /@") != std::string_view::npos) fail(setting, allowed);
    if (rest.empty()) return {std::string(name)};
    if (rest.front() != ':' || !parse_number(rest.substr(1))) fail(setting, allowed);
    return {std::string(name), port_of(setting, rest.substr(1))};
}

std::vector<Access::Host> hosts_of(const Setting& setting) {
    std::vector<Access::Host> hosts;
    std::string_view rest = text_of(setting);
    while (true) {
        const std::size_t comma = rest.find(',');
        std::string_view host = rest.substr(0, comma);
        host.remove_prefix(std::min(host.size(), host.find_first_not_of(' ')));
        hosts.push_back(host_of(setting, host.substr(0, host.find_last_not_of(' ') + 1)));
        if (comma == std::string_view::npos) return hosts;
        rest.remove_prefix(comma + 1);
    }
}

void set_host(const Setting& setting, Access& access) {
    access.hosts.resize(1);
    access.hosts.front().name = text_of(setting);
}

void set_port(const Setting& setting, Access& access) {
    access.hosts.resize(1);
    access.hosts.front().port = port_of(setting, text_of(setting));
}

struct Word {
    std::string_view name;
    void (*set)(const Setting&, Access&);
};

constexpr auto set_hosts = [](const Setting& setting, Access& access) {
    access.hosts = hosts_of(setting);
};
constexpr auto set_vhost = [](const Setting& setting, Access& access) {
    access.vhost = text_of(setting);
};
constexpr Word words[] = {
    {"hosts", set_hosts},
    {"bootstrap", set_hosts},
    {"host", set_host},
    {"port", set_port},
    {"user", [](const Setting& setting, Access& access) { access.user = text_of(setting); }},
    {"password",
     [](const Setting& setting, Access& access) { access.password = text_of(setting); }},
    {"vhost", set_vhost},
    {"vHost", set_vhost},
    {"tls", [](const Setting& setting, Access& access) { access.tls.enabled = flag_of(setting); }},
    {"tls.ca", [](const Setting& setting, Access& access) { access.tls.ca = text_of(setting); }},
    {"tls.cert",
     [](const Setting& setting, Access& access) { access.tls.cert = text_of(setting); }},
    {"tls.key", [](const Setting& setting, Access& access) { access.tls.key = text_of(setting); }},
    {"tls.verify",
     [](const Setting& setting, Access& access) { access.tls.verify = flag_of(setting); }},
};

}  // namespace

const std::vector<std::string>& access_words() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Word& word : words) all.emplace_back(word.name);
        return all;
    }();
    return names;
}

Access take_access(std::vector<Setting>& settings) {
    Access access;
    std::vector<Setting> rest;
    for (Setting& setting : settings) {
        const auto word = std::ranges::find(words, setting.key, &Word::name);
        if (word == std::end(words)) {
            rest.push_back(std::move(setting));
            continue;
        }
        if (setting.key.starts_with("tls.")) access.tls.enabled = true;
        word->set(setting, access);
        access.where.push_back(setting.where);
    }
    if (!access.hosts.empty() && access.hosts.front().name.empty()) {
        throw Error(fmt::format("{}: is the port of no host", access.where.front()));
    }
    settings = std::move(rest);
    return access;
}

}  // namespace gateway::config
