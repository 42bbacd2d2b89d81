"""In and out of a RabbitMQ, next to rabbitmq-c alone."""

import subprocess
from pathlib import Path

from machine import say
from results import run_tool
from server import ROOT, kafka_ws_on_rabbitmq
from table import Targets, print_table, ratio, shown

CONTENDERS = ("raw", "ours")
FILLED = "bench-filled"


class Row:
    """One line of the table: what the load does to our server, and what rabbitmq-c does instead."""

    def __init__(self, name, load, raw, immediate=False, fill=None):
        self.name = name
        self.load = load.split()
        self.raw = raw.split()
        self.immediate = immediate  # nothing is gathered by time on the way
        self.fill = fill  # bytes of the messages that the queue holds before


def rows():
    for size_name, size in (("100 B", 100), ("1 KiB", 1024)):
        for per_frame in (1, 100):
            yield Row(f"in {size_name}, {per_frame} a frame",
                      f"ingest --size {size} --per-frame {per_frame}", f"produce --size {size}")
    yield Row("in acked 100 B, window 20, 50 conn", "acked --size 100 --connections 50 --window 20",
              "acked --size 100 --window 1000", immediate=True)
    yield Row("in acked 100 B, window 1000", "acked --size 100 --window 1000",
              "acked --size 100 --window 1000", immediate=True)
    for size_name, size in (("100 B", 100), ("1 KiB", 1024)):
        yield Row(f"out {size_name}", f"egress --size {size} --topic {FILLED}",
                  f"consume --size {size} --topic {FILLED}", fill=size)


def run_row(row, contender, url, options):
    if row.fill:
        run_tool("raw", "fill", "--brokers", url, "--topic", FILLED, "--size", str(row.fill),
                 "--records", str(options.records))
    if contender == "raw":
        return run_tool("raw", *row.raw, "--brokers", url, "--ms", str(options.ms))
    with kafka_ws_on_rabbitmq(url, row.immediate) as server:
        return run_tool("load", *row.load, "--brokers", url, "--ms", str(options.ms),
                        "--url", server.url, "--pid", str(server.process.pid))


def print_rows(results, chosen):
    head = ["messages a second; CPU us each", "raw", "us", "ours", "us", "ours/raw", "load us"]
    lines = []
    for row in chosen:
        raw, ours = (results.median(row.name, who, "rate") for who in CONTENDERS)
        lines.append([row.name, shown(raw, ",.0f"),
                      shown(results.median(row.name, "raw", "own_cpu_us"), ".2f"),
                      shown(ours, ",.0f"),
                      shown(results.median(row.name, "ours", "server_cpu_us"), ".2f"),
                      shown(ratio(ours, raw), ".2f"),
                      shown(results.median(row.name, "ours", "own_cpu_us"), ".2f")])
    print_table(head, lines)
    targets = Targets()
    for row in chosen:
        targets.at_least(f"{row.name}: of rabbitmq-c's rate",
                         ratio(*(results.median(row.name, who, "rate")
                                 for who in reversed(CONTENDERS))), 0.6)
    targets.print()


def needs_kafka(_options):
    return False


def run_on(url, options, results):
    chosen = [row for row in rows() if options.only in row.name]
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        for row in chosen:
            for contender in options.contenders:
                results.measure(row.name, contender,
                                lambda r=row, c=contender: run_row(r, c, url, options))
    print_rows(results, chosen)


def run(options, brokers, results):
    options.records = 50_000 if options.quick else 200_000
    if brokers:
        run_on(brokers, options, results)
        return
    script = str(ROOT / "scripts/rabbitmq")
    started = subprocess.run([script, "start"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    facts = dict(line.split("=", 1) for line in started.splitlines())
    try:
        pid = (Path(facts["state"]) / "node.pid").read_text(encoding="utf-8")
        results.machine.broker_pids = [int(pid)]
        run_on(facts["url"], options, results)
    finally:
        subprocess.run([script, "stop", facts["state"]], check=False)
