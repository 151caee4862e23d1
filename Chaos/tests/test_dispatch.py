import unittest

import dispatch
from ledger import Request

MAXIMA = {"one": 100.0, "two": 50.0}


def round(at, **actions):
    """A round's replies: every battery does the same from 100 to 200."""
    return [
        Request(at, at + 1, "axle", "a", "axle-battery-schedule", 200, False, None, {}, [(asset, 100, 200, action)])
        for asset, action in actions.items()]


class Dispatch(unittest.TestCase):
    asked = round(10, one="discharge_max", two="charge_max")

    def test_batteries_are_added_up(self):
        self.assertEqual(dispatch.check(self.asked, [(100, 50.0, 12), (200, 0.0, 12)], MAXIMA), [])

    def test_a_level_was_never_asked_for(self):
        rows = [(100, 50.0, 12), (150, 70.0, 12), (160, 50.0, 12), (200, 0.0, 12)]
        self.assertIn("axle_dispatch 70.0 at 150 was never asked for", dispatch.check(self.asked, rows, MAXIMA))

    def test_the_last_round_holds(self):
        later = self.asked + round(20, one="avoid_import", two="charge_max")
        rows = [(100, 50.0, 12), (200, 0.0, 12)]
        self.assertEqual(
            dispatch.check(later, rows, MAXIMA), ["axle_dispatch at 100 is 50.0, the last round asked for -50.0"])
        self.assertEqual(dispatch.check(later, rows + [(100, -50.0, 22)], MAXIMA), [])

    def test_an_end_is_missing(self):
        self.assertEqual(len(dispatch.check(self.asked, [(100, 50.0, 12)], MAXIMA)), 1)
