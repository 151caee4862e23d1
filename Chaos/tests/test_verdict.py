"""The checker finds what it is there to find, in what a run leaves behind."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import feedfiles
import ledger
import run
import verdict

SECOND = 1_000_000
# The half hour of 2026-11-27T18:00:00Z.
PERIOD = ledger.period_start("2026-11-27", 37)
START = PERIOD + 600 * SECOND


class Run:
    """What a run leaves of one feed, Modo's volume asked every four seconds, three times with the value of each."""

    def __init__(self, volumes):
        self.lines = [self.line(number, volume) for number, volume in enumerate(volumes)]
        self.journal = [{"at": START, "kind": "faults begin"}]
        self.doubles = 0
        self.rows = []
        for number, volume in enumerate(volumes):
            if number == 0 or volume != volumes[number - 1]:
                self.rows.append(["niv_estimate", PERIOD, volume * 2, START + number * 4 * SECOND + 50_000])

    @staticmethod
    def line(number, volume, agent="a"):
        def text(microseconds):
            return verdict._time(microseconds)

        at = START + number * 4 * SECOND
        return {
            "request": number + 1, "at": text(at), "ended": text(at + 40_000), "host": "modo",
            "path": "/modo/pub/v1/gb/modo/markets/niv-live", "agent": f"flux-market/1.0.0 (+{agent})", "status": 200,
            "limited": False, "records": [["2026-11-27", 37, "niv", volume]],
        }

    def wrong(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            keep = pathlib.Path(folder)
            feedfiles.copy(run.REPOSITORY / "feeds", keep / "feeds", run.EVERY, run.RATES)
            (keep / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.lines))
            (keep / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.journal))
            (keep / "table.json").write_text(json.dumps({"doubles": self.doubles, "revisions": self.rows}))
            return [line for line in verdict.judge(keep) if "schedule" not in line]


class Verdict(unittest.TestCase):
    def test_what_was_published_is_in_the_table(self):
        self.assertEqual(Run([1.5, 2.5, 2.5, 1.5]).wrong(), [])

    def test_a_version_is_missing(self):
        case = Run([1.5, 2.5, 3.5])
        del case.rows[1]
        self.assertRegex(case.wrong()[0], "missing: niv_estimate of 2026-11-27T18:00:00.000Z, 5.0 of ")

    def test_the_last_version_is_missing(self):
        case = Run([1.5, 2.5, 3.5])
        del case.rows[2]
        self.assertRegex(case.wrong()[0], "missing: .* 7.0 of ")

    def test_a_version_came_in_when_the_next_was_known(self):
        case = Run([1.5, 2.5, 3.5])
        case.rows[1][3], case.rows[2][3] = START + 30 * SECOND, START + 8 * SECOND + 50_000
        self.assertTrue(any(line.startswith("late: ") for line in case.wrong()))

    def test_a_version_is_there_again_that_nobody_saw_again(self):
        case = Run([1.5, 2.5, 3.5])
        case.rows.append(["niv_estimate", PERIOD, 5.0, START + 14 * SECOND])
        self.assertRegex(case.wrong()[0], "doubled: .* 5.0 of ")

    def test_a_row_is_there_twice(self):
        case = Run([1.5])
        case.doubles = 1
        self.assertEqual(case.wrong(), ["1 rows are in the table twice"])

    def test_a_value_was_invented(self):
        case = Run([1.5, 2.5])
        case.rows.append(["niv_estimate", PERIOD, 5.5, START + 5 * SECOND])
        self.assertRegex(case.wrong()[0], "invented: .* 5.5 of ")

    def test_a_value_was_not_converted(self):
        case = Run([1.5])
        case.rows[0][2] = 1.5
        self.assertTrue(any(line.startswith("invented: ") for line in case.wrong()))

    def test_a_reply_that_a_killed_collector_had_in_hand_may_be_lost(self):
        case = Run([1.5, 2.5, 3.5])
        del case.rows[1]
        case.journal.append({"at": START + 4 * SECOND + 90_000, "kind": "killed", "collector": "a"})
        self.assertEqual(case.wrong(), [])

    def test_but_not_where_the_other_collector_was_killed(self):
        case = Run([1.5, 2.5, 3.5])
        del case.rows[1]
        case.journal.append({"at": START + 4 * SECOND + 90_000, "kind": "killed", "collector": "b"})
        self.assertRegex(case.wrong()[0], "missing: ")

    def test_nor_where_a_later_reply_said_it_again(self):
        case = Run([1.5, 2.5, 2.5, 3.5])
        del case.rows[1]
        case.journal.append({"at": START + 4 * SECOND + 90_000, "kind": "killed", "collector": "a"})
        self.assertRegex(case.wrong()[0], "missing: ")

    def overtaken(self, *volumes):
        """The other collector alone sees the second value, and loads it after the third reply."""
        case = Run(volumes)
        case.lines[1] = Run.line(1, volumes[1], agent="b")
        del case.rows[2]
        return case

    def test_a_confirmation_leaves_no_row_that_an_older_reply_of_the_other_collector_could_find(self):
        self.assertEqual(self.overtaken(1.5, 2.5, 1.5, 3.5).wrong(), [])

    def test_but_in_the_end_the_newest_is_there(self):
        self.assertRegex(self.overtaken(1.5, 2.5, 1.5).wrong()[0], "missing: ")

    def test_and_whoever_saw_both_values_has_both(self):
        case = self.overtaken(1.5, 2.5, 1.5, 3.5)
        case.lines[1] = Run.line(1, 2.5, agent="a")
        self.assertRegex(case.wrong()[0], "missing: ")

    def test_a_stopped_collector_reads_its_reply_when_it_goes_on(self):
        case = Run([1.5, 2.5])
        case.rows[1][3] = START + 20 * SECOND
        self.assertRegex(" ".join(case.wrong()), "late: .* doubled: ")
        case.journal.append({
            "at": START + 4 * SECOND + 10_000, "until": START + 19 * SECOND, "kind": "stopped", "collector": "a"})
        self.assertEqual(case.wrong(), [])

    def test_a_host_was_asked_too_often(self):
        case = Run([1.5])
        case.lines += [Run.line(0, 1.5, agent="b") for _ in range(run.RATES["modo"] + 1)]
        calls = f"modo: {run.RATES['modo'] + 2} calls in "
        self.assertEqual(len([line for line in case.wrong() if line.startswith(calls)]), 2)

    def test_a_collector_failed(self):
        case = Run([1.5])
        case.journal.append({"at": START, "kind": "failure", "what": "collector a ended by itself"})
        self.assertEqual(case.wrong(), ["collector a ended by itself"])
