import unittest

import limits
import watch
from feedfiles import Host
from ledger import Request

SECOND = 1_000_000


def sample(at, is_held, able=("a", "b"), database=True):
    return {"at": at * SECOND, "able": list(able), "database": database, "hosts": {"modo": ["x", is_held]}}


def request(at, collector="a", host="modo"):
    return Request(int(at * SECOND), int(at * SECOND), host, collector, None, 200, False, None)


class Watch(unittest.TestCase):
    def test_the_longest_time_that_nobody_held_a_host(self):
        samples = [sample(0, True)] + [sample(at, False) for at in range(1, 9)] + [sample(9, True), sample(10, False)]
        self.assertEqual(watch.unheld(samples), {"modo": 7 * SECOND})

    def test_nobody_is_to_blame_who_could_not(self):
        samples = [sample(at, False, able=("a",) if at < 6 else ("b",)) for at in range(12)]
        self.assertEqual(watch.unheld(samples), {"modo": 5 * SECOND})
        samples[4] = {**sample(4, False), "database": False, "hosts": {}}
        self.assertEqual(watch.unheld(samples[:6]), {"modo": 3 * SECOND})

    def test_another_takes_over_from_one_that_was_killed(self):
        asked = [request(1), request(2, "b", "axle"), request(3), request(19, "b")]
        self.assertEqual(watch.takeovers(asked, [("a", 4 * SECOND)], []), [15 * SECOND])
        self.assertEqual(watch.takeovers(asked, [("b", 4 * SECOND)], []), [])


class Limits(unittest.TestCase):
    strict = {"modo": Host("modo", 30, True, 2)}

    def test_evenly_spaced_calls_are_within_it(self):
        self.assertEqual(limits.excesses([request(2 * at) for at in range(100)], self.strict, []), [])

    def test_two_callers_at_once_are_not(self):
        asked = [request(2 * at, collector) for at in range(100) for collector in ("a", "b")]
        found = limits.excesses(asked, self.strict, [])
        self.assertEqual([(one.span, one.calls) for one in found], [(10, 10), (60, 60)])

    def test_what_happens_while_one_is_cut_off_is_told_apart_unless_strict(self):
        asked = [request(2 * at, collector) for at in range(100) for collector in ("a", "b")]
        cut = [(0, 200 * SECOND)]
        self.assertFalse(any(one.is_apart for one in limits.excesses(asked, self.strict, cut)))
        loose = {"modo": Host("modo", 30, False, 2)}
        self.assertTrue(all(one.is_apart for one in limits.excesses(asked, loose, cut)))
