"""Ingest, egress and latency, next to librdkafka alone and two bridges in Go; memory of idle
connections."""

from machine import say
from results import run_tool
from server import bridge, kafka_ws
from table import Targets, print_table, ratio, shown

CONTENDERS = ("raw", "ours", "go", "go-tuned")


class Row:
    """One line of the table: what the load does, and what librdkafka alone does instead."""

    def __init__(self, name, load, raw, immediate=False, target=None, raw_limit=None):
        self.name = name
        self.load = load.split()
        self.raw = raw
        self.immediate = immediate  # nothing is gathered by time on the way
        self.target = target  # least share of the raw rate
        self.raw_limit = raw_limit or raw  # the raw run whose rate the target means


def rows(connections=(1, 50)):
    sizes = {"100 B": 100, "1 KiB": 1024}
    for size_name, size in sizes.items():
        for per_frame, target in ((1, 0.5), (100, 0.8)):
            for count in connections:
                yield Row(f"ingest {size_name}, {per_frame} a frame, {count} conn",
                          f"ingest --size {size} --per-frame {per_frame} --connections {count}",
                          f"produce --size {size}", target=target)
    for count in connections:
        yield Row(f"acked 100 B, window 1000, {count} conn",
                  f"acked --size 100 --connections {count} --window 1000",
                  "acked --size 100 --window 1000", immediate=True, target=0.25,
                  raw_limit="produce --size 100")
    for size_name, size in sizes.items():
        for count in connections:
            yield Row(f"egress {size_name}, {count} conn",
                      f"egress --size {size} --connections {count} --topic bench-filled-{size}",
                      f"consume --size {size} --consumers {count} --topic bench-filled-{size}",
                      target=0.6)


def latency_rows():
    for rate in (1000, 10000):
        command = f"latency --rate {rate}"
        yield Row(f"latency at {rate}/s", command, command, immediate=True)


class Runs:
    def __init__(self, options, brokers, results):
        self.options = options
        self.brokers = brokers
        self.results = results
        self.duration = ["--ms", str(options.ms)]

    def fill(self):
        for size, records in self.options.fill.items():
            say(f"filling a topic with {records} records of {size} B")
            self.raw("fill", "--topic", f"bench-filled-{size}", "--size", str(size),
                     "--records", str(records))

    def raw(self, *arguments):
        return run_tool("raw", *arguments, "--brokers", self.brokers)

    def against(self, contender, row, duration=()):
        if contender == "ours":
            started = kafka_ws(self.brokers, row.immediate)
        else:
            started = bridge(self.brokers, row.immediate, contender == "go-tuned")
        with started as server:
            return run_tool("load", *row.load, *duration, "--brokers", self.brokers,
                            "--url", server.url, "--pid", str(server.process.pid))

    def round(self, chosen):
        done_raw = set()
        for row in chosen:
            for contender in self.options.contenders:
                if contender == "raw":
                    for command in {row.raw_limit, row.raw} - done_raw:
                        done_raw.add(command)
                        self.results.measure(
                            command, "raw", lambda c=command: self.raw(*c.split(), *self.duration))
                    continue
                self.results.measure(
                    row.name, contender,
                    lambda r=row, c=contender: self.against(c, r, self.duration))

    def idle(self, row):
        for contender in self.options.contenders:
            if contender != "raw":
                self.results.measure(row.name, contender, lambda c=contender: self.against(c, row))


def print_throughput(results, chosen):
    head = ["messages a second; CPU us each"]
    for contender in CONTENDERS:
        head += [contender, "us"]
    head += ["ours/raw", "CPU ours/go", "ours/go-tuned", "load us"]
    lines = []
    for row in chosen:
        line = [row.name]
        for contender in CONTENDERS:
            name = row.raw if contender == "raw" else row.name
            cpu = "own_cpu_us" if contender == "raw" else "server_cpu_us"
            line += [shown(results.median(name, contender, "rate"), ",.0f"),
                     shown(results.median(name, contender, cpu), ".2f")]
        ours = results.median(row.name, "ours", "server_cpu_us")
        limit = results.median(row.raw_limit, "raw", "rate")
        line += [shown(ratio(results.median(row.name, "ours", "rate"), limit), ".2f")]
        line += [shown(ratio(ours, results.median(row.name, peer, "server_cpu_us")), ".2f")
                 for peer in ("go", "go-tuned")]
        line += [shown(results.median(row.name, "ours", "own_cpu_us"), ".2f")]
        lines.append(line)
    print_table(head, lines)


def print_latency(results, chosen):
    head = ["end to end, us: p50 / p99 / p99.9", *CONTENDERS]
    lines = []
    for row in chosen:
        line = [row.name]
        for contender in CONTENDERS:
            name = row.raw if contender == "raw" else row.name
            line.append(" / ".join(shown(results.median(name, contender, field), ",.0f")
                                   for field in ("p50_us", "p99_us", "p999_us")))
        lines.append(line)
    print_table(head, lines)


def print_idle(results, row):
    head = ["memory of an idle connection, bytes", *CONTENDERS[1:]]
    fields = (("that has said nothing", "bytes_each"),
              ("that has asked one thing", "bytes_each_once_used"))
    print_table(head, [[text] + [shown(results.median(row.name, contender, field), ",.0f")
                                 for contender in CONTENDERS[1:]] for text, field in fields])


def print_targets(results, throughput, latency, idle):
    targets = Targets()
    for row in throughput:
        share = ratio(results.median(row.name, "ours", "rate"),
                      results.median(row.raw_limit, "raw", "rate"))
        targets.at_least(f"{row.name}: of the raw rate", share, row.target)
    for row in throughput:
        share = ratio(results.median(row.name, "ours", "server_cpu_us"),
                      results.median(row.name, "go", "server_cpu_us"))
        targets.at_most(f"{row.name}: of the Go bridge's CPU", share, 0.33)
    for row in latency:
        ours, raw = (results.median(name, contender, "p99_us")
                     for name, contender in ((row.name, "ours"), (row.raw, "raw")))
        added = None if ours is None or raw is None else ours - raw
        targets.at_most(f"{row.name}: added p99 in us", added, 1000, ",.0f")
    memory = results.median(idle.name, "ours", "bytes_each")
    targets.at_most("idle connection in bytes", memory, 8192, ",.0f")
    targets.print()


def needs_kafka(_options):
    return True


def run(options, brokers, results):
    options.fill = {100: 3_000_000, 1024: 700_000} if options.quick else {100: 8_000_000,
                                                                         1024: 2_000_000}
    connections = 2000 if options.quick else 10000
    idle = Row("idle", f"idle --connections {connections}", "")
    throughput = [row for row in rows() if options.only in row.name]
    latency = [row for row in latency_rows() if options.only in row.name]
    runs = Runs(options, brokers, results)
    if any(row.load[0] == "egress" for row in throughput):
        runs.fill()
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        runs.round(throughput + latency)
    if options.only in idle.name:
        runs.idle(idle)
    if throughput:
        print_throughput(results, throughput)
    if latency:
        print_latency(results, latency)
    if options.only in idle.name:
        print_idle(results, idle)
    if "ours" in options.contenders:
        print_targets(results, throughput, latency, idle)
