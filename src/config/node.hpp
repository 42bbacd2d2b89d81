#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace gateway::config {

/// A value of a file that is more than a setting, and where it stands: its line, and its path from
/// the top of the file.
///
/// What asks for something else than what stands there throws an Error that begins with `where()`.
class Node {
public:
    Node(std::string file, std::string path, int line, YAML::Node value);

    /// "kafka-ws.yaml:3: brokers[0].port"
    [[nodiscard]] std::string where() const;
    [[noreturn]] void fail(std::string_view what) const;

    [[nodiscard]] bool is_list() const { return value_.IsSequence(); }
    [[nodiscard]] bool is_map() const { return value_.IsMap(); }
    [[nodiscard]] bool is_null() const { return value_.IsNull(); }

    [[nodiscard]] int line() const { return line_; }

    /// Of a list, at least one.
    [[nodiscard]] std::vector<Node> elements() const;

    /// Of a map, each key once.
    [[nodiscard]] std::vector<std::pair<std::string, Node>> members() const;

    /// Of a single value; of a list of them, with commas between.
    [[nodiscard]] std::string text() const;

    /// Of a single value that is not empty.
    [[nodiscard]] std::string name() const;

    /// True or false.
    [[nodiscard]] bool flag() const;

    /// The value as JSON. A word without quotes is null, true, false or a number where JSON would
    /// spell them so, and else a string.
    [[nodiscard]] std::string json() const;

private:
    void append_json(std::string& out, int depth) const;

    std::string file_;
    std::string path_;
    int line_;
    YAML::Node value_;
};

}  // namespace gateway::config
