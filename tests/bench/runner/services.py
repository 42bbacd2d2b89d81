"""Jobs between callers and workers, next to a server that answers by itself and one of messages."""

from machine import say
from results import run_tool
from server import BUILD, Nats, Server, kafka_ws
from table import Targets, print_table, ratio, shown

CONTENDERS = ("restinio", "nats", "ours")

# What is demanded of us: so much of the requests that RESTinio answers by itself, and of NATS's.
OF_RESTINIO = 0.5
OF_NATS = 1


class Row:
    """What the load generator does to each contender."""

    def __init__(self, name, load, contenders):
        self.name = name
        self.load = load.split()
        self.contenders = contenders


ECHO = Row("echo, 64 callers", "", ("restinio",))
ECHO_ONE = Row("echo, 1 caller", "--callers 1", ("restinio",))
HTTP_ONE = Row("HTTP, 1 worker", "--workers 1", ("ours",))
HTTP_TAKE = Row("HTTP, 1 worker, n=64", "--workers 1 --take 64", ("ours",))
HTTP_TOGETHER = Row("HTTP, 1 worker, n=64, together", "--workers 1 --take 64 --turn together", ("ours",))
HTTP_MANY = Row("HTTP, 64 workers", "--workers 64", ("ours",))
HTTP_AHEAD = Row("HTTP, 64 workers, ahead", "--workers 64 --turn ahead", ("ours",))
HTTP_NEXT = Row("HTTP, 64 workers, next", "--workers 64 --turn next", ("ours",))
SOCKET_ONE = Row("WebSocket, 1 worker", "--workers 1", ("ours",))
SOCKET_CREDIT = Row("WebSocket, 1 worker, credit 64", "--workers 1 --take 64", ("nats", "ours"))
SOCKET_MANY = Row("WebSocket, 64 workers", "--workers 64", ("nats", "ours"))
ALL = (ECHO, ECHO_ONE, HTTP_ONE, HTTP_TAKE, HTTP_TOGETHER, HTTP_MANY, HTTP_AHEAD, HTTP_NEXT, SOCKET_ONE,
       SOCKET_CREDIT, SOCKET_MANY)
PUSHED = (SOCKET_CREDIT, SOCKET_MANY)  # What NATS does, too.


def mode(row, contender):
    if contender == "ours":
        return "websocket" if row.name.startswith("WebSocket") else "http"
    return {"restinio": "echo", "nats": "nats"}[contender]


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
        how = mode(row, contender)
        url = server.http.replace("http:", "ws:") if how == "http" else server.url
        return run_tool("services", how, *row.load, "--url", url,
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
    def rate(row, contender="ours"):
        return results.median(row.name, contender, "rate")

    def cost(row, contender="ours"):
        return results.median(row.name, contender, "server_cpu_us")

    targets = Targets()
    for row in (HTTP_TAKE, HTTP_TOGETHER, HTTP_MANY, HTTP_AHEAD, HTTP_NEXT, *PUSHED):
        targets.at_least(f"{row.name}: jobs, of RESTinio's requests",
                         ratio(rate(row), rate(ECHO, "restinio")), OF_RESTINIO)
    # It has one request under way, and two for each job: it is held to one caller's of the echo.
    one = rate(HTTP_ONE)
    targets.at_least(f"{HTTP_ONE.name}: its requests, of RESTinio's with 1 caller",
                     ratio(one and 2 * one, rate(ECHO_ONE, "restinio")), OF_RESTINIO)
    for row, requests in ((HTTP_MANY, 3), (HTTP_AHEAD, 3), (HTTP_NEXT, 2), (HTTP_TAKE, 2)):
        jobs = rate(row)
        targets.at_least(f"{row.name}: its requests, of RESTinio's",
                         ratio(jobs and requests * jobs, rate(ECHO, "restinio")), OF_RESTINIO)
    for row in PUSHED:
        targets.at_least(f"{row.name}: jobs, of NATS's requests",
                         ratio(rate(row), rate(row, "nats")), OF_NATS)
    # Rates want the machine for themselves; what is spent says more where they have not.
    alone = cost(ECHO, "restinio")
    for row, requests in ((HTTP_MANY, 3), (HTTP_AHEAD, 3), (HTTP_NEXT, 2), (HTTP_TAKE, 2)):
        targets.at_least(f"{row.name}: RESTinio's CPU for {requests} requests, of ours for a job",
                         ratio(alone and requests * alone, cost(row)), OF_RESTINIO)
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
