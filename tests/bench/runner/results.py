"""What the runs found."""

import json
import statistics
import subprocess
from pathlib import Path

from machine import say
from server import BUILD


def run_tool(name, *arguments):
    """Runs one of the load generators, which print a line of JSON."""
    done = subprocess.run([str(BUILD / "tests/bench" / name), *arguments],
                          capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name} {' '.join(arguments)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Results:
    def __init__(self, machine):
        self.machine = machine
        self.found = {}  # (row or raw command, contender) -> [result of each round]
        self.failures = []

    def measure(self, name, contender, run):
        self.machine.others()
        try:
            result = run()
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            say(f"{name}: {contender}: FAILED: {error}")
            self.failures.append(f"{name}: {contender}: {error}")
            return
        result["others"] = round(self.machine.others(), 2)
        say(f"{name}: {contender}: {json.dumps(result)}")
        self.found.setdefault((name, contender), []).append(result)

    def median(self, name, contender, field):
        values = [result[field] for result in self.found.get((name, contender), [])]
        return statistics.median(values) if values else None

    def print_others(self):
        shares = [result["others"] for results in self.found.values() for result in results]
        if shares:
            print(f"Others used {statistics.median(shares):.0%} of the machine in the median run, "
                  f"{max(shares):.0%} in the worst: above some 10 % the rates say little.\n")

    def print_failures(self):
        for failure in self.failures:
            print(f"FAILED: {failure}")

    def write(self, path):
        results = [{"row": name, "contender": contender, "rounds": found}
                   for (name, contender), found in self.found.items()]
        Path(path).write_text(json.dumps(results, indent=1), encoding="utf-8")
