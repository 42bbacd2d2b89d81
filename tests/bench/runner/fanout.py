"""One topic to many subscribers, next to those that spread messages themselves."""

from machine import say
from results import run_tool
from server import BUILD, Nats, Server, bridge, kafka_ws
from table import Targets, print_table, ratio, shown

CONTENDERS = ("tcp", "tcp-kafka", "websocketpp", "nats", "go", "embedded", "ours")
OURS = ("embedded", "ours")
ON_KAFKA = ("tcp-kafka", "go", "ours")
DIALECTS = {"tcp": "plain", "tcp-kafka": "detour", "websocketpp": "plain", "nats": "nats"}

# What is demanded of us: deliveries of so many times those of NATS.
OF_NATS = {100: 2, 1000: 2, 10000: 1}


class Row:
    """What the load generator does to each contender."""

    def __init__(self, name, load, contenders=CONTENDERS, timed=True):
        self.name = name
        self.load = load.split()
        self.contenders = contenders
        self.timed = timed


# Kafka's own way there and back shows in single records alone.
BUT_DETOUR = tuple(name for name in CONTENDERS if name != "tcp-kafka")

SPEED = {count: Row(f"full speed to {count:,}", f"speed --subscribers {count}", BUT_DETOUR)
         for count in OF_NATS}
LATENCY = Row("10 records/s to 1,000", "latency --rate 10 --subscribers 1000")
BROADCAST = Row("broadcast to 1", "speed --subscribers 1", OURS)
GROUP = Row("group of 1", "speed --subscribers 1 --group fanout", OURS)
FILTERS = Row("1,000 filters", "filters --subscribers 1000", OURS)
CATCH_UP = {count: Row(f"catch up 100,000 records, {count} at once",
                       f"catch-up --records 100000 --subscribers {count}", OURS, timed=False)
            for count in (1, 10)}
MEMORY = Row("memory of 10,000 subscribers", "memory --subscribers 10000", BUT_DETOUR, timed=False)

OURS_ALONE = (BROADCAST, GROUP, FILTERS, *CATCH_UP.values())
ALL = (*SPEED.values(), LATENCY, *OURS_ALONE, MEMORY)


def start(contender, brokers):
    match contender:
        case "tcp" | "websocketpp":
            return Server(BUILD / f"tests/bench/peer-{contender}")
        case "tcp-kafka":
            return Server(BUILD / "tests/bench/peer-tcp", brokers)
        case "nats":
            return Nats()
        case "go":
            return bridge(brokers, immediate=True)
        case "embedded":
            return kafka_ws(immediate=True)
        case _:
            return kafka_ws(brokers, immediate=True)


def run_row(row, contender, brokers, ms):
    with start(contender, brokers) as server:
        arguments = [*row.load, "--url", server.url, "--pid", str(server.process.pid),
                     "--dialect", DIALECTS.get(contender, "kafka-ws")]
        if contender in ON_KAFKA:
            arguments += ["--brokers", brokers]
        if row.timed:
            arguments += ["--ms", str(ms)]
        return run_tool("fanout", *arguments)


def print_speed(results, rows):
    head = ["deliveries a second; CPU us each"]
    for contender in CONTENDERS:
        head += [contender, "us"]
    lines = []
    for row in rows:
        line = [row.name]
        for contender in CONTENDERS:
            line += [shown(results.median(row.name, contender, "rate"), ",.0f"),
                     shown(results.median(row.name, contender, "server_cpu_us"), ".3f")]
        lines.append(line)
    print_table(head, lines)

    head = ["of that: records a frame; load us, share of a core", *CONTENDERS]
    lines = []
    for row in rows:
        line = [row.name]
        for contender in CONTENDERS:
            per_frame = results.median(row.name, contender, "per_frame")
            own = results.median(row.name, contender, "own_cpu_us")
            rate = results.median(row.name, contender, "rate")
            busy = None if own is None else own * rate / 1e6
            line.append(f"{shown(per_frame, '.0f')}; {shown(own, '.3f')}, {shown(busy, '.0%')}")
        lines.append(line)
    print_table(head, lines)


def print_latency(results, row):
    cells = []
    for contender in CONTENDERS:
        p50, p99, cpu = (results.median(row.name, contender, field)
                         for field in ("p50_us", "p99_us", "server_cpu_us"))
        cells.append(f"{shown(p50, ',.0f')} / {shown(p99, ',.0f')}; {shown(cpu, '.2f')}")
    print_table(["delay us: p50 / p99; CPU us each", *CONTENDERS], [[row.name, *cells]])


def print_ours(results, rows):
    head = ["ours alone: messages a second; CPU us each"]
    for contender in OURS:
        head += [contender, "us"]
    head += [f"{contender} s" for contender in OURS]
    lines = []
    for row in rows:
        line = [row.name]
        for contender in OURS:
            line += [shown(results.median(row.name, contender, "rate"), ",.0f"),
                     shown(results.median(row.name, contender, "server_cpu_us"), ".2f")]
        line += [shown(results.median(row.name, contender, "seconds"), ".2f") for contender in OURS]
        lines.append(line)
    print_table(head, lines)


def print_memory(results, row):
    fields = (("an idle connection", "idle_bytes"), ("the same subscribed", "subscribed_bytes"),
              ("a subscriber more", "bytes_each"))
    print_table(["memory, bytes", *CONTENDERS],
                [[text] + [shown(results.median(row.name, contender, field), ",.0f")
                           for contender in CONTENDERS] for text, field in fields])


def print_targets(results):
    targets = Targets()
    for who in OURS:
        for count, factor in OF_NATS.items():
            name = SPEED[count].name
            targets.at_least(f"{who}, {name}: of NATS's deliveries",
                             ratio(results.median(name, who, "rate"),
                                   results.median(name, "nats", "rate")), factor)
        targets.at_most(f"{who}, {SPEED[1000].name}: CPU us of a delivery",
                        results.median(SPEED[1000].name, who, "server_cpu_us"), 0.15, ".3f")
        targets.at_most(f"{who}, {LATENCY.name}: of raw TCP's p99",
                        ratio(results.median(LATENCY.name, who, "p99_us"),
                              results.median(LATENCY.name, "tcp", "p99_us")), 1.2)
        if who in ON_KAFKA:
            targets.at_most(f"{who}, {LATENCY.name}: of the p99 of raw TCP behind the same Kafka",
                            ratio(results.median(LATENCY.name, who, "p99_us"),
                                  results.median(LATENCY.name, "tcp-kafka", "p99_us")), 1.2)
        targets.at_most(f"{who}: bytes of a subscriber beyond its connection",
                        results.median(MEMORY.name, who, "bytes_each"), 2048, ",.0f")
    targets.print()


def needs_kafka(options):
    return bool(set(ON_KAFKA) & set(options.contenders))


def run(options, brokers, results):
    chosen = [row for row in ALL if options.only in row.name]
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        for row in chosen:
            for contender in row.contenders:
                if contender in options.contenders:
                    results.measure(row.name, contender,
                                    lambda r=row, c=contender: run_row(r, c, brokers, options.ms))
    if speed := [row for row in SPEED.values() if row in chosen]:
        print_speed(results, speed)
    if LATENCY in chosen:
        print_latency(results, LATENCY)
    if alone := [row for row in OURS_ALONE if row in chosen]:
        print_ours(results, alone)
    if MEMORY in chosen:
        print_memory(results, MEMORY)
    print_targets(results)
