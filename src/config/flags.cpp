#include "config/flags.hpp"

#include <map>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/broker_entry.hpp"
#include "config/error.hpp"
#include "config/keys.hpp"
#include "config/suggestion.hpp"

namespace gateway::config {
namespace {

/// The property of librdkafka, or the setting of one of `brokers`, that `argument` may be the flag
/// of: they are known only by being used.
std::optional<std::string> open_key_of(std::string_view argument) {
    constexpr std::string_view characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (!argument.starts_with("--")) return std::nullopt;
    const std::string_view key = argument.substr(2, argument.find('=') - 2);
    if (!(is_property(key) || is_of_broker(key)) ||
        key.find_first_not_of(characters) != std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(key);
}

[[noreturn]] void refuse(const std::string& argument) {
    if (!argument.starts_with('-')) {
        throw Error(
            fmt::format("\"{}\" is not expected; settings are flags, such as "
                        "--websocket.port 8085, or in a file: -c FILE",
                        argument));
    }
    std::vector<std::string> known{"--config", "--check-config", "--print-config", "--version",
                                   "--help"};
    for (const auto& name : key_names()) known.push_back("--" + name);
    const std::string flag = argument.substr(0, argument.find('='));
    throw Error(fmt::format("{}: there is no such flag{}", flag, suggestion(flag, known)));
}

std::optional<std::string> value_of(const CLI::Option& option) {
    const auto& values = option.results();
    if (values.size() > 1) throw Error(option.get_name() + ": is there twice");
    return values.empty() ? std::nullopt : std::optional(values.front());
}

Flags::Action print_action(const std::string& format) {
    if (format == "yaml") return Flags::Action::print_yaml;
    if (format == "markdown") return Flags::Action::print_markdown;
    throw Error(fmt::format("--print-config: \"{}\" is not one of yaml, markdown", format));
}

}  // namespace

Flags read_flags(int argc, const char* const* argv) {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();

    const auto add = [&](const std::string& name) {
        return app.add_option(name)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    };
    const CLI::Option* const file = add("-c,--config");
    std::map<std::string, const CLI::Option*> options;
    for (const Key& key : keys()) {
        options.emplace(key.name, add(fmt::format("--{}", key.name)));
    }
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("--") && argument.ends_with('=')) {
            throw Error(fmt::format("{}: needs a value", argument.substr(0, argument.size() - 1)));
        }
        const auto key = open_key_of(argument);
        if (key && !options.contains(*key)) options.emplace(*key, add("--" + *key));
    }

    bool check = false;
    bool help = false;
    bool version = false;
    std::string print;
    app.add_flag("--check-config", check);
    app.add_flag("--print-config{yaml}", print);
    app.add_flag("-h,--help", help);
    app.add_flag("--version", version);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string_view what = error.what();
        throw Error(fmt::format("{}: needs a value", what.substr(0, what.find(':'))));
    } catch (const CLI::Error& error) {
        throw Error(error.what());
    }
    if (const auto unknown = app.remaining(); !unknown.empty()) refuse(unknown.front());

    Flags flags;
    flags.file = value_of(*file);
    for (const auto& [key, option] : options) {
        if (const auto value = value_of(*option)) {
            flags.settings.push_back({.key = key, .value = value, .where = "--" + key});
        }
    }
    if (check) flags.action = Flags::Action::check;
    if (!print.empty()) flags.action = print_action(print);
    if (version) flags.action = Flags::Action::version;
    if (help) flags.action = Flags::Action::help;
    return flags;
}

}  // namespace gateway::config
