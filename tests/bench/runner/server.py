"""The contenders' processes."""

import json
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build-release"
BRIDGE = BUILD / "bench-bridge"
IMMEDIATE = ("--producer.mq_interval", "null", "--consumer.mq_interval", "null")


class Server:
    """A contender's process, on free ports, until the block ends. It prints
    `ready websocket=ws://…` once it listens."""

    def __init__(self, *command):
        self.command = [str(part) for part in command]

    def __enter__(self):
        self.log = open(BUILD / "bench-server.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        try:
            self.url = self.find_url()
        except RuntimeError:
            self.__exit__()
            raise
        return self

    def find_url(self):
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError(f"{self.command[0]} did not start; see {self.log.name}")
        urls = dict(part.split("=", 1) for part in line.split()[1:])
        self.http = urls.get("http")
        return urls["websocket"]

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Nats(Server):
    """Debian's nats-server, which writes the ports it has chosen to a file."""

    config = """
        host: 127.0.0.1
        port: -1
        ports_file_dir: "{folder}"
        ping_interval: "60m"
        websocket {{ host: 127.0.0.1, port: -1, no_tls: true, compression: false }}
    """

    def __init__(self):
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "nats.conf"
        path.write_text(self.config.format(folder=self.folder.name), encoding="utf-8")
        super().__init__("nats-server", "-c", path)

    def find_url(self):
        ports = Path(self.folder.name) / f"nats-server_{self.process.pid}.ports"
        for _ in range(100):
            if self.process.poll() is not None:
                break
            if ports.exists() and ports.stat().st_size:
                found = json.loads(ports.read_text(encoding="utf-8"))
                return found["websocket"][0] + "/"
            time.sleep(0.1)
        raise RuntimeError(f"nats-server did not start; see {self.log.name}")

    def __exit__(self, *_):
        super().__exit__()
        self.folder.cleanup()


def kafka_ws(brokers=None, immediate=False):
    """Our server; without brokers it is its own."""
    command = [BUILD / "kafka-ws", "--websocket.port", "0", "--http.port", "0"]
    if brokers:
        command += ["--kafka.bootstrap.servers", brokers]
    if immediate:
        command += IMMEDIATE
    return Server(*command)


class Configured(Server):
    """Our server with a file of settings."""

    def __init__(self, settings, *options):
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "kafka-ws.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        super().__init__(BUILD / "kafka-ws", "-c", path, "--websocket.port", "0", "--http.port",
                         "0", *options)

    def __exit__(self, *_):
        super().__exit__()
        self.folder.cleanup()


def kafka_ws_on_rabbitmq(url, immediate=False):
    """Our server in front of a RabbitMQ."""
    parts = urlsplit(url)
    broker = {"name": "rabbit", "kind": "amqp", "hosts": f"{parts.hostname}:{parts.port}",
              "user": parts.username, "password": parts.password}
    return Configured({"brokers": [broker]}, *(IMMEDIATE if immediate else ()))


def bridge(brokers, immediate=False, tuned=False):
    """The bridge in Go."""
    return Server(BRIDGE, "--brokers", brokers, "--linger", "0" if immediate else "5ms",
                  *(["--tuned"] if tuned else []))
