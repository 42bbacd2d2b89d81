#include "config/parse.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/version.hpp"
#include "config/broker_options.hpp"
#include "config/environment.hpp"
#include "config/file.hpp"
#include "config/flags.hpp"
#include "config/print.hpp"

namespace gateway::config {
namespace {

Config read_config(const Flags& flags, const char* const* environment, const PropertyCheck& check) {
    Config config;
    std::string property;
    File file;
    const auto apply_all = [&](const std::vector<Setting>& settings) {
        for (const Setting& setting : settings) {
            if (is_of_broker(setting.key)) {
                change(file.brokers, setting);
                continue;
            }
            apply(setting, check, config);
            if (property.empty() && is_property(setting.key)) property = setting.where;
        }
    };
    if (flags.file) file = read_file(*flags.file);
    apply_all(file.settings);
    apply_all(read_environment(environment, file.brokers));
    apply_all(flags.settings);

    // Or a server that was meant to use a Kafka would lose what it is sent with its process.
    if (!property.empty() && !config.uses_kafka()) {
        throw Error(fmt::format(
            "{}: is for a Kafka, and none is named: set kafka.bootstrap.servers", property));
    }
    config.kafka.immediate = !config.session.producer.batch.interval;
    config.names_brokers = config.uses_kafka() || !file.brokers.empty();
    config.brokers = make_brokers(file.brokers, config, check);
    config.routing.routes = std::move(file.routes);
    config.bridges = std::move(file.bridges);
    config.fanout.max_batch_bytes = config.session.consumer.max_frame_bytes;
    config.fanout.max_batch_records = config.session.consumer.batch.limit;
    config.fanout.timeout = config.session.requests.timeout;
    return config;
}

}  // namespace

Outcome parse(int argc, const char* const* argv, const char* const* environment,
              const Checks& checks) {
    const Flags flags = read_flags(argc, argv);
    if (flags.action == Flags::Action::help) return Print{write_help()};
    if (flags.action == Flags::Action::version) return Print{fmt::format("kafka-ws {}\n", version)};
    if (flags.action == Flags::Action::print_markdown) return Print{write_markdown()};

    Config config = read_config(flags, environment, checks.property);
    if (checks.whole) checks.whole(config);
    if (flags.action == Flags::Action::check) return Print{"ok\n"};
    if (flags.action == Flags::Action::print_yaml) return Print{write_yaml(config)};
    return Run{std::move(config)};
}

}  // namespace gateway::config
