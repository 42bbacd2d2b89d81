#include "config/print.hpp"

#include <string>

#include "config/keys.hpp"
#include "config/start.hpp"

using namespace gateway::config;

namespace {

void check_same(const Config& one, const Config& other) {
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK(key.write(one) == key.write(other));
    }
    CHECK(one.kafka.common == other.kafka.common);
    CHECK(one.kafka.producer == other.kafka.producer);
    CHECK(one.kafka.consumer == other.kafka.consumer);
}

TEST_CASE("the printed defaults name every key and load as the defaults") {
    const std::string yaml =
        Start{.flags = {"--print-config"}, .environment = {}, .check = {}}.printed();

    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK(yaml.find("  # " + std::string(key.sentence)) != std::string::npos);
    }
    check_same(config_of(yaml), Config());
    CHECK(write_yaml(config_of(yaml)) == yaml);
}

TEST_CASE("printed settings load as the same, whatever characters they hold") {
    const Start start{
        .flags = {"--print-config=yaml", "--websocket.port=1",
                  "--websocket.address=::", "--producer.mq_interval=null",
                  "--consumer.mq_interval=1500", "--consumer.group=\"a\": #b \\ {c}\n\u00e9",
                  "--memory.auto_create=false", "--log.level=off",
                  "--kafka.bootstrap.servers=a:1,b:2", "--kafka.sasl.password=p\"w: #\\",
                  "--kafka.producer.linger.ms=1", "--kafka.consumer.check.crcs=true"},
        .environment = {},
        .check = {}};
    Start without_printing = start;
    without_printing.flags.erase(without_printing.flags.begin());

    check_same(config_of(start.printed()), without_printing.config());
}

TEST_CASE("what is printed as markdown has a row for every key") {
    const std::string table =
        Start{.flags = {"--print-config=markdown"}, .environment = {}, .check = {}}.printed();
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK(table.find("| `" + std::string(key.name) + "` |") != std::string::npos);
    }
}

}  // namespace
