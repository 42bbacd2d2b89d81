#!/usr/bin/env python3
"""Counts what a test run did: prints `passed failed skipped`. With --failures it prints instead what
the programs said that failed.

Takes Meson's testlog.json files and the TAP files of node --test. A test that holds cases (doctest,
unittest) counts by its cases, any other as one. What a runner skipped is counted by itself, so that
the caller can refuse to call it green; a file without any test counts as one failure.
"""

import json
import re
import sys

doctest = re.compile(
    r"^\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped", re.M
)
unittest_ran = re.compile(r"^Ran (\d+) tests? in", re.M)
unittest_end = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$", re.M)
tap_total = re.compile(r"^# (tests|pass|fail|cancelled|skipped|todo) (\d+)$", re.M)
colour = re.compile(r"\x1b\[[0-9;]*m")
doctest_rule = re.compile(r"^={20,}$", re.M)

shown_lines = 40  # Of a case that failed, and of a program that does not say how many did.


def count_output(text):
    """(passed, failed, skipped) of the cases a test program reports, or None."""
    found = doctest.search(text)
    if found:
        return tuple(int(number) for number in found.groups())
    ran, end = unittest_ran.search(text), unittest_end.search(text)
    if ran and end:
        numbers = dict(re.findall(r"(\w+)=(\d+)", end[1] or ""))
        failed = int(numbers.get("failures", 0)) + int(numbers.get("errors", 0))
        skipped = int(numbers.get("skipped", 0))
        return max(int(ran[1]) - failed - skipped, 0), failed, skipped
    return None


def output_of(test):
    return colour.sub("", test.get("stdout", "") + "\n" + test.get("stderr", ""))


def count_meson(lines):
    total = [0, 0, 0]
    for line in lines:
        test = json.loads(line)
        said = output_of(test)
        cases = count_output(said)
        if test["result"] == "OK":
            counted = cases or (1, 0, 0)
        elif test["result"] == "SKIP":
            counted = (0, 0, 1)
        else:
            # A crash ends a program before it can report, or after its cases had passed.
            passed, failed, skipped = cases or (0, 0, 0)
            counted = (passed, max(failed, 1), skipped)
        total = [a + b for a, b in zip(total, counted)]
    return total


def count_tap(text):
    numbers = {name: int(number) for name, number in tap_total.findall(text)}
    failed = numbers.get("fail", 0) + numbers.get("cancelled", 0)
    return [numbers.get("pass", 0), failed, numbers.get("skipped", 0) + numbers.get("todo", 0)]


def show_failures(lines):
    for test in map(json.loads, lines):
        if test["result"] == "OK":
            continue
        print(f"{test['name']}: {test['result']}")
        said = output_of(test)
        for case in doctest_rule.split(said):
            if " ERROR: " in case:
                print("\n".join(case.strip().splitlines()[:shown_lines]) + "\n")
        # It said how many failed, or it died.
        if not count_output(said):
            print("\n".join(said.strip().splitlines()[-shown_lines:]) + "\n")


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def count(path):
    text = text_of(path)
    if path.endswith(".json"):
        total = count_meson(text.splitlines())
    else:
        total = count_tap(text)
    return total if any(total) else [0, 1, 0]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--failures"]:
        for path in sys.argv[2:]:
            show_failures(text_of(path).splitlines())
        sys.exit()
    print(*[sum(column) for column in zip(*map(count, sys.argv[1:]))])
