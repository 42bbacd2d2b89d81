#include "config/file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/bridge_entry.hpp"
#include "config/error.hpp"
#include "config/keys.hpp"
#include "config/node.hpp"
#include "config/route_entry.hpp"

namespace gateway::config {
namespace {

int line_of(const YAML::Mark& mark) { return mark.line + 1; }

/// A key that begins as others do: "websocket", and the two of librdkafka's.
bool is_group(std::string_view key) {
    if (key == "kafka.producer" || key == "kafka.consumer") return true;
    const std::string prefix = std::string(key) + '.';
    return std::ranges::any_of(keys(), [&](const Key& k) { return k.name.starts_with(prefix); });
}

class Document {
public:
    explicit Document(std::string path) : path_(std::move(path)) {}

    File read(const YAML::Node& root) {
        if (root.IsMap()) {
            add_map(root, "", 0);
        } else if (!root.IsNull()) {
            fail(root, "a file of settings is a map, such as websocket: {port: 8085}");
        }
        return std::move(file_);
    }

private:
    void add_map(const YAML::Node& map, const std::string& prefix, int depth) {
        // An alias may contain itself.
        constexpr int deepest = 16;
        if (depth > deepest) fail(map, "maps are nested too deeply");

        std::map<std::string, int> lines;
        for (const auto& entry : map) {
            if (!entry.first.IsScalar()) fail(entry.first, "a key is a single word");
            const int line = line_of(entry.first.Mark());
            const std::string key = prefix + entry.first.Scalar();
            refuse_second(lines, key, line);
            if (!add_list(Node(path_, key, line, entry.second), key)) {
                add(entry.second, key, line, depth);
            }
        }
    }

    /// What is more than settings; false for everything else.
    bool add_list(const Node& node, std::string_view key) {
        const bool is_routes = key == "routes" || key == "dispatcher";
        const bool is_bridges = key == "services.bridges";
        if (key != "brokers" && !is_routes && !is_bridges) return false;
        if (node.is_null()) return true;
        if (is_bridges) {
            file_.bridges = read_bridges(node);
        } else if (is_routes) {
            const auto routes = read_routes(node);
            file_.routes.insert(file_.routes.end(), routes.begin(), routes.end());
        } else {
            file_.brokers = read_brokers(node);
        }
        return true;
    }

    void add(const YAML::Node& value, const std::string& key, int line, int depth) {
        // An empty map that is no group goes on as a key, so that it is refused as an unknown one.
        if (value.IsMap() && (value.size() > 0 || is_group(key))) {
            return add_map(value, key + '.', depth + 1);
        }
        if (value.IsNull() && is_group(key)) return;

        const std::optional<std::string> list = list_of(value, key);
        if (value.IsSequence() && !list) {
            fail(line, key + ": is a list where a single value belongs");
        }
        if (is_group(key)) fail(line, key + ": is a group of keys, not a key");
        refuse_second(lines_, key, line);
        const bool is_single = !list && !value.IsNull();
        file_.settings.push_back({.key = key,
                                  .value = is_single ? std::optional(value.Scalar()) : list,
                                  .where = fmt::format("{}:{}: {}", path_, line, key)});
    }

    /// A list as its key reads it, where the key takes one.
    std::optional<std::string> list_of(const YAML::Node& value, const std::string& key) const {
        const Key* const known = find_key(key);
        if (!value.IsSequence() || !known || !known->is_list) return {};
        if (value.size() == 0) fail(value, key + ": is an empty list; leave it out");
        std::string list;
        for (const auto& item : value) {
            if (!item.IsScalar()) fail(item, key + ": is a list of single values");
            list.append(list.empty() ? "" : ",").append(item.Scalar());
        }
        return list;
    }

    void refuse_second(std::map<std::string, int>& lines, const std::string& key, int line) {
        const auto [first, is_first] = lines.emplace(key, line);
        if (is_first) return;
        fail(line, fmt::format("{}: is there twice, first in line {}", key, first->second));
    }

    [[noreturn]] void fail(const YAML::Node& node, std::string_view what) const {
        fail(line_of(node.Mark()), what);
    }
    [[noreturn]] void fail(int line, std::string_view what) const {
        throw Error(fmt::format("{}:{}: {}", path_, line, what));
    }

    std::string path_;
    File file_;
    std::map<std::string, int> lines_;
};

std::string text_of(const std::string& path) {
    const auto fail = [&](int error) {
        throw Error(
            fmt::format("{}: cannot be read: {}", path, std::generic_category().message(error)));
    };
    if (std::filesystem::is_directory(path)) fail(EISDIR);
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(errno);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (file.bad()) fail(errno);
    return text;
}

}  // namespace

File read_file(const std::string& path) {
    const std::string text = text_of(path);
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(text);
        if (documents.empty()) return {};
        if (documents.size() > 1) {
            throw Error(fmt::format("{}:{}: a second document begins; one is allowed", path,
                                    line_of(documents[1].Mark())));
        }
        return Document(path).read(documents.front());
    } catch (const YAML::Exception& error) {
        throw Error(fmt::format("{}:{}: is not YAML: {}", path, line_of(error.mark), error.msg));
    }
}

}  // namespace gateway::config
