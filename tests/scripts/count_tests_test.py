"""What scripts/count_tests.py makes of the reports that runners leave."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

script = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "count_tests.py"


def run(*options, **files):
    """Runs it on files named NAME_json or NAME_tap with these texts."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in files.items():
            path = pathlib.Path(folder, name.replace("_", "."))
            path.write_text(text)
            paths.append(path)
        return subprocess.run(
            [sys.executable, script, *options, *paths], capture_output=True, text=True, check=True
        ).stdout


def count(**files):
    return tuple(int(number) for number in run(**files).split())


def failures(text):
    return run("--failures", a_json=text)


def meson(*tests):
    return "\n".join(
        json.dumps({"name": "a", "result": result, "stdout": stdout, "stderr": stderr})
        for result, stdout, stderr in tests
    )


def doctest(passed, failed, skipped=0):
    total = passed + failed
    return (
        f"[doctest] test cases: {total:6} | {passed} passed | {failed} failed | {skipped} skipped\n"
        "[doctest] assertions:    9 |    9 passed |    0 failed |\n"
    )


class CountTests(unittest.TestCase):
    def test_a_doctest_program_counts_by_its_cases(self):
        self.assertEqual(count(a_json=meson(("OK", doctest(11, 0), ""))), (11, 0, 0))
        self.assertEqual(count(a_json=meson(("FAIL", doctest(9, 2), ""))), (9, 2, 0))

    def test_colours_do_not_hide_the_cases(self):
        coloured = "\x1b[0;36m[doctest] \x1b[0mtest cases:  3 | \x1b[0;32m3 passed\x1b[0m | 0 failed | 0 skipped"
        self.assertEqual(count(a_json=meson(("OK", coloured, ""))), (3, 0, 0))

    def test_a_unittest_program_counts_by_its_cases(self):
        self.assertEqual(count(a_json=meson(("OK", "", "Ran 20 tests in 3.7s\n\nOK\n"))), (20, 0, 0))
        report = "Ran 20 tests in 3.7s\n\nFAILED (failures=2, errors=1, skipped=4)\n"
        self.assertEqual(count(a_json=meson(("FAIL", "", report))), (13, 3, 4))

    def test_a_program_that_reports_no_cases_counts_as_one(self):
        self.assertEqual(count(a_json=meson(("OK", "fine", ""))), (1, 0, 0))
        self.assertEqual(count(a_json=meson(("FAIL", "oh", ""))), (0, 1, 0))

    def test_a_program_that_dies_is_a_failure_whatever_it_had_reported(self):
        self.assertEqual(count(a_json=meson(("FAIL", doctest(5, 0), "leak"))), (5, 1, 0))
        self.assertEqual(count(a_json=meson(("TIMEOUT", "", ""))), (0, 1, 0))
        self.assertEqual(count(a_json=meson(("ERROR", "", ""))), (0, 1, 0))

    def test_what_is_skipped_is_neither_passed_nor_lost(self):
        self.assertEqual(count(a_json=meson(("SKIP", "", ""))), (0, 0, 1))
        self.assertEqual(count(a_json=meson(("OK", doctest(3, 0, 4), ""))), (3, 0, 4))

    def test_the_totals_of_node_are_read_from_its_tap(self):
        tap = "TAP version 13\n1..2\n# tests 9\n# suites 1\n# pass 5\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n"
        self.assertEqual(count(a_tap=tap), (5, 2, 2))

    def test_several_files_are_summed(self):
        tap = "# tests 2\n# pass 2\n# fail 0\n"
        self.assertEqual(count(a_tap=tap, b_json=meson(("OK", "", ""), ("FAIL", "", ""))), (3, 1, 0))

    def test_a_case_that_failed_is_shown_however_much_was_said_after_it(self):
        rule = "=" * 79
        said = "\n".join(
            ["before", rule, "TEST CASE:  kept", "a.cpp:5: ERROR: CHECK( x==2 ) is NOT correct!"]
            + [rule, *["after"] * 200, rule, doctest(1, 1)]
        )
        shown = failures(meson(("OK", "fine", ""), ("FAIL", said, "")))
        self.assertIn("a: FAIL", shown)
        self.assertIn("TEST CASE:  kept\na.cpp:5: ERROR: CHECK( x==2 )", shown)
        self.assertNotIn("after", shown)
        self.assertNotIn("fine", shown)

    def test_a_program_that_died_is_shown_by_its_end(self):
        shown = failures(meson(("TIMEOUT", "\n".join(map(str, range(300))), "a sanitizer's report")))
        self.assertIn("a: TIMEOUT", shown)
        self.assertIn("299", shown)
        self.assertIn("a sanitizer's report", shown)
        self.assertNotIn("150", shown)

    def test_a_program_that_died_after_a_case_had_failed_is_shown_by_both(self):
        rule = "=" * 79
        said = "\n".join([rule, "a.cpp:5: ERROR: CHECK( x==2 )", rule, *["later"] * 200, "the end"])
        shown = failures(meson(("FAIL", said, "")))
        self.assertIn("a.cpp:5: ERROR: CHECK( x==2 )", shown)
        self.assertIn("the end", shown)

    def test_a_run_without_any_test_is_a_failure(self):
        self.assertEqual(count(a_tap=""), (0, 1, 0))
        self.assertEqual(count(a_json=""), (0, 1, 0))


if __name__ == "__main__":
    unittest.main()
