#!/usr/bin/env python3
"""Checks that includes in src/ point one way, and that what belongs to one folder stays there.

A folder is a library; `may_include` says which others it may name. A third-party library may be
reached, also by way of our own headers, only from the folders that `libraries` gives it. Folders in
`timeless` hold pure logic: they take no lock, start no thread, and are told the time.
"""

import argparse
import pathlib
import re
import sys

may_include = {
    "base": set(),
    "wire": {"base"},
    "broker": {"base"},
    "filter": {"base"},
    "security": {"base"},
    "gateway": {"base", "wire", "broker", "filter"},
    "fanout": {"base", "wire", "broker", "filter", "gateway"},
    "routing": {"base", "wire", "broker", "filter", "gateway"},
    "nodes": {"base", "wire", "broker", "filter", "gateway"},
    "deliveries": {"base", "wire", "broker", "filter", "gateway", "nodes"},
    "services": {"base", "wire", "broker", "filter", "gateway"},
    "cluster": {"base", "wire", "broker", "filter", "gateway", "nodes", "services"},
    "bridges": {"base", "wire", "broker", "gateway", "nodes", "services"},
    "engineio": {"base", "wire", "gateway"},
    "socketio": {"base", "wire", "gateway", "engineio"},
    "kasocki": {"base", "wire", "broker", "filter", "gateway", "socketio"},
    "websocket": {"base", "wire", "gateway"},
    "http": {"base", "wire", "services"},
    "kafka": {"base", "broker"},
    "amqp": {"base", "broker"},
    "memory": {"base", "broker"},
    "console": set(),
    "config": {"base"},
}
# config gathers the settings of every folder, and nothing else of them.
config_header = re.compile(r"[a-z0-9_]+/options\.hpp")

anywhere = set(may_include)
rim = {"websocket", "http", "engineio", "socketio", "kasocki", "kafka", "amqp", "memory"}
# By the header's first folder, or its name; main.cpp stands for itself.
libraries = {
    "websocketpp": {"websocket"},
    "restinio": {"http"},
    "librdkafka": {"kafka"},
    "amqp": {"amqp"},
    "amqp_ssl_socket": {"amqp"},
    "amqp_tcp_socket": {"amqp"},
    "rabbitmq-c": {"amqp"},
    "simdjson": {"wire", "filter"},
    "msgpack": {"routing"},
    "yaml-cpp": {"config"},
    "CLI": {"config", "main.cpp"},
    "re2": {"filter", "security"},
    "jwt": {"security"},
    "openssl": {"security", "websocket", "http"},
    "prometheus": {"base", "gateway", "http", "main.cpp"},
    "asio": {"broker", "gateway", "fanout", "routing", "nodes", "deliveries", "services", "cluster", "bridges", "main.cpp"} | rim,
    "fmt": anywhere | {"main.cpp"},
    "spdlog": anywhere | {"main.cpp"},
}
system_header = re.compile(
    r"[a-z_]+|(sys|netinet|arpa|net|linux)/\w+\.h"
    r"|(unistd|signal|pthread|fcntl|errno|poll|netdb|time|sched|getopt|malloc|stdlib)\.h"
    r"|\w*intrin\.h"
)

timeless = {"wire", "broker", "filter", "fanout", "gateway", "services"}
forbidden_there = {
    "a lock": re.compile(
        r"<(mutex|shared_mutex|condition_variable|semaphore|latch|barrier)>"
        r"|\b(\w*mutex|lock_guard|unique_lock|shared_lock|scoped_lock|condition_variable\w*)\b"
    ),
    "a thread": re.compile(r"<(thread|future)>|\bstd::(jthread|thread|async)\b|\bpthread_create\b"),
    "a sleep": re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b"),
    "a clock": re.compile(r"::now\s*\(|\b(clock_gettime|gettimeofday)\b|\bstd::time\s*\("),
}

include = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
comment_or_string = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)


def sources(root):
    return sorted(p for p in root.rglob("*") if p.name.endswith((".hpp", ".cpp", ".cpp.in")))


def folder_of(name):
    """The folder of a file named relative to src/; a file in src/ itself is its own."""
    return name.split("/", 1)[0]


def library_of(header):
    return re.sub(r"\.(h|hpp)$", "", folder_of(header))


def read(root):
    """Each file's lines of includes: {name: [(line, '"' or '<', header)]}."""
    files = {}
    for path in sources(root):
        found = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = include.match(line)
            if match:
                found.append((number, match[1], match[2]))
        files[path.relative_to(root).as_posix()] = found
    return files


def arrow_fault(folder, header):
    """Why a file of `folder` may not include our `header`, or None."""
    if "/" not in header:
        return "name the folder of an include"
    target = folder_of(header)
    if target not in may_include:
        return f"{target} is not in the table of scripts/check_layers.py"
    if folder == "main.cpp" or target == folder or target in may_include[folder]:
        return None
    if folder == "config" and config_header.fullmatch(header):
        return None
    return f"{folder} may not include {target}"


def reached(name, files, seen):
    """The libraries that including `name` brings along: {library: the chain of headers to it}."""
    found = {}
    for _, kind, header in files.get(name, []):
        if kind == "<":
            found.setdefault(library_of(header), [header])
        elif header not in seen:
            seen.add(header)
            for library, chain in reached(header, files, seen).items():
                found.setdefault(library, [header, *chain])
    return found


def check_includes(files):
    for name, includes in files.items():
        folder = folder_of(name)
        if folder != "main.cpp" and folder not in may_include:
            yield f"{name}: {folder} is not in the table of scripts/check_layers.py"
            continue
        for line, kind, header in includes:
            if kind == '"':
                fault = arrow_fault(folder, header)
                if fault:
                    yield f'{name}:{line}: {fault} ("{header}")'
            elif library_of(header) not in libraries and not system_header.fullmatch(header):
                yield f"{name}:{line}: <{header}> is of no library that scripts/check_layers.py knows"
        for library, chain in reached(name, files, {name}).items():
            if library in libraries and folder not in libraries[library]:
                way = " -> ".join(chain)
                yield f"{name}: {library} may not be reached from {folder} ({way})"


def check_words(root):
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        if folder_of(name) not in timeless:
            continue
        blank = lambda match: re.sub(r"[^\n]", " ", match[0])
        text = comment_or_string.sub(blank, path.read_text())
        for number, line in enumerate(text.splitlines(), 1):
            for what, pattern in forbidden_there.items():
                if pattern.search(line):
                    yield f"{name}:{number}: {what} in {folder_of(name)}: {line.strip()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = pathlib.Path(__file__).resolve().parent.parent / "src"
    parser.add_argument("src", nargs="?", type=pathlib.Path, default=default)
    root = parser.parse_args().src
    files = read(root)
    if not files:
        sys.exit(f"{root} holds no sources")
    faults = [*check_includes(files), *check_words(root)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(files)} files, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
