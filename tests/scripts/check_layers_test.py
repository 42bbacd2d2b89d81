"""What scripts/check_layers.py finds, on small trees of its own."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

script = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"


def check(files):
    """Runs the script on a tree of these files; gives its exit code and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr


class CheckLayers(unittest.TestCase):
    def accepts(self, files):
        code, said = check(files)
        self.assertEqual(code, 0, said)

    def refuses(self, files, *words):
        code, said = check(files)
        self.assertEqual(code, 1, said)
        for word in words:
            self.assertIn(word, said)

    def test_an_arrow_of_the_table_is_accepted(self):
        self.accepts({"gateway/a.cpp": '#include "broker/b.hpp"\n#include "gateway/a.hpp"\n'})

    def test_an_arrow_against_the_table_is_refused_with_file_and_line(self):
        self.refuses(
            {"wire/a.hpp": '#pragma once\n\n#include "gateway/session.hpp"\n'},
            "wire/a.hpp:3",
            "wire may not include gateway",
        )

    def test_two_adapters_never_meet(self):
        self.refuses({"kafka/a.cpp": '#include "websocket/b.hpp"\n'}, "kafka may not include")

    def test_main_may_include_every_folder(self):
        self.accepts({"main.cpp": '#include "kafka/a.hpp"\n#include "http/b.hpp"\n'})

    def test_config_may_include_the_options_of_every_folder(self):
        self.accepts({"config/a.hpp": '#include "kafka/options.hpp"\n#include "base/log.hpp"\n'})

    def test_config_may_include_nothing_else_of_a_folder(self):
        self.refuses({"config/a.hpp": '#include "kafka/client.hpp"\n'}, "config may not include")

    def test_the_options_of_one_folder_are_not_another_ones(self):
        self.refuses({"kafka/a.hpp": '#include "memory/options.hpp"\n'}, "kafka may not include")

    def test_a_folder_that_is_not_in_the_table_is_refused(self):
        self.refuses({"helpers/a.hpp": "#pragma once\n"}, "helpers is not in the table")
        self.refuses({"base/a.hpp": '#include "helpers/a.hpp"\n'}, "helpers is not in the table")

    def test_an_include_without_a_folder_is_refused(self):
        self.refuses({"base/a.cpp": '#include "a.hpp"\n'}, "name the folder")

    def test_a_library_in_its_own_folder_is_accepted(self):
        self.accepts(
            {
                "websocket/a.cpp": "#include <websocketpp/server.hpp>\n",
                "http/a.cpp": "#include <restinio/all.hpp>\n",
                "kafka/a.cpp": "#include <librdkafka/rdkafka.h>\n",
                "wire/a.cpp": "#include <simdjson.h>\n",
                "config/a.cpp": "#include <yaml-cpp/yaml.h>\n#include <CLI/CLI.hpp>\n",
            }
        )

    def test_a_library_in_a_foreign_folder_is_refused(self):
        self.refuses({"gateway/a.cpp": "#include <simdjson.h>\n"}, "simdjson")
        self.refuses({"http/a.cpp": "#include <websocketpp/server.hpp>\n"}, "websocketpp")
        self.refuses({"memory/a.cpp": "#include <librdkafka/rdkafka.h>\n"}, "librdkafka")
        self.refuses({"wire/a.cpp": "#include <asio/post.hpp>\n"}, "asio")

    def test_a_library_that_leaks_through_a_header_is_refused_where_it_arrives(self):
        self.refuses(
            {
                "main.cpp": '#include "kafka/a.hpp"\n',
                "kafka/a.hpp": '#include "kafka/b.hpp"\n',
                "kafka/b.hpp": "#include <librdkafka/rdkafka.h>\n",
            },
            "main.cpp: librdkafka",
            "kafka/a.hpp -> kafka/b.hpp -> librdkafka/rdkafka.h",
        )

    def test_headers_that_include_each_other_are_followed_once(self):
        self.accepts(
            {"base/a.hpp": '#include "base/b.hpp"\n', "base/b.hpp": '#include "base/a.hpp"\n'}
        )

    def test_a_library_that_nobody_placed_is_refused(self):
        self.refuses({"base/a.cpp": "#include <boost/any.hpp>\n"}, "no library that")

    def test_headers_of_the_language_and_the_system_are_nobodys(self):
        self.accepts({"base/a.cpp": "#include <string>\n#include <sys/eventfd.h>\n"})

    def test_locks_threads_sleeps_and_clocks_are_refused_in_pure_folders(self):
        for line in (
            "std::mutex mutex_;",
            "#include <mutex>",
            "std::lock_guard guard(m);",
            "std::thread worker;",
            "std::this_thread::sleep_for(1s);",
            "const auto now = std::chrono::steady_clock::now();",
        ):
            for folder in ("gateway", "wire", "broker"):
                with self.subTest(line=line, folder=folder):
                    self.refuses({f"{folder}/a.cpp": line + "\n"}, f"{folder}/a.cpp:1")

    def test_the_same_is_accepted_at_the_rim(self):
        self.accepts({"kafka/a.cpp": "std::mutex mutex_; auto t = Clock::now();\n"})

    def test_time_that_is_passed_in_is_accepted(self):
        self.accepts({"gateway/a.cpp": "void take(Time now) { use(now, clock.now()); }\n"})

    def test_words_in_comments_and_strings_are_only_words(self):
        self.accepts({"gateway/a.cpp": '// no std::mutex\n/* Clock::now() */ auto s = "std::thread";\n'})

    def test_a_folder_without_sources_is_a_mistake_and_not_a_success(self):
        self.refuses({"readme.txt": ""}, "holds no sources")


if __name__ == "__main__":
    unittest.main()
