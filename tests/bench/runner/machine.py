"""The machine that everyone shares, and what was said when."""

import os
import resource
import sys
import time
from pathlib import Path

STARTED = time.monotonic()


def say(text):
    print(f"bench {time.monotonic() - STARTED:6.1f} s: {text}", file=sys.stderr, flush=True)


class Machine:
    """Who used the processors: what is neither Kafka's nor started from here is others'."""

    def __init__(self, broker_pids):
        self.broker_pids = broker_pids
        self.before = self.read()

    def read(self):
        ticks = os.sysconf("SC_CLK_TCK")
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        idle = int(fields[3]) + int(fields[4])
        all_time = sum(int(field) for field in fields[:8])
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        ours = children.ru_utime + children.ru_stime
        for pid in self.broker_pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ours += (int(fields[11]) + int(fields[12])) / ticks
        return all_time / ticks, (all_time - idle) / ticks, ours

    def others(self):
        """Their share of the machine since the last call."""
        now = self.read()
        available, busy, ours = (new - old for new, old in zip(now, self.before))
        self.before = now
        return max(0.0, busy - ours) / available if available > 0 else 0.0
