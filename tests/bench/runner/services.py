"""Jobs between callers and workers, next to a server that answers by itself and one of messages."""

from machine import say
from results import run_tool
from server import BUILD, Nats, Server, kafka_ws
from table import Targets, print_table, ratio, shown

CONTENDERS = ("restinio", "nats", "ours")

# What is demanded of us: so much of the requests that RESTinio answers by itself.
OF_RESTINIO = 0.5


class Row:
    """What the load generator does to each contender."""

    def __init__(self, name, load, contenders):
        self.name = name
        self.load = load.split()
        self.contenders = contenders


ECHO = Row("echo, 64 callers", "", ("restinio",))
JOBS = {workers: Row(f"{workers} workers, 64 callers", f"--workers {workers}", ("nats", "ours"))
        for workers in (1, 64)}
TAKE = Row("1 workers, 64 callers, n=64", "--workers 1 --take 64", ("ours",))
ALL = (ECHO, *JOBS.values(), TAKE)
MODES = {"restinio": "echo", "nats": "nats", "ours": "http"}


def start(contender):
    match contender:
        case "restinio":
            return Server(BUILD / "tests/bench/peer-restinio")
        case "nats":
            return Nats()
        case _:
            return kafka_ws()


def run_row(row, contender, ms):
    with start(contender) as server:
        url = server.http.replace("http:", "ws:") if contender == "ours" else server.url
        return run_tool("services", MODES[contender], *row.load, "--url", url,
                        "--pid", str(server.process.pid), "--ms", str(ms))


def print_jobs(results, rows):
    head = ["answers a second; p50, p99 us; CPU us each"]
    for contender in CONTENDERS:
        head += [contender, "p50", "p99", "us"]
    lines = []
    for row in rows:
        line = [row.name]
        for contender in CONTENDERS:
            for field, form in (("rate", ",.0f"), ("p50_us", ",.0f"), ("p99_us", ",.0f"),
                                ("server_cpu_us", ".2f")):
                line.append(shown(results.median(row.name, contender, field), form))
        lines.append(line)
    print_table(head, lines)


def print_targets(results):
    targets = Targets()
    echo = results.median(ECHO.name, "restinio", "rate")
    for row in (*JOBS.values(), TAKE):
        targets.at_least(f"{row.name}: jobs, of RESTinio's requests",
                         ratio(results.median(row.name, "ours", "rate"), echo), OF_RESTINIO)
    targets.print()


def needs_kafka(_):
    return False


def run(options, _, results):
    chosen = [row for row in ALL if options.only in row.name]
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        for row in chosen:
            for contender in row.contenders:
                if contender in options.contenders:
                    results.measure(row.name, contender,
                                    lambda r=row, c=contender: run_row(r, c, options.ms))
    print_jobs(results, chosen)
    print_targets(results)
