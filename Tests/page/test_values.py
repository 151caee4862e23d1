"""The tiles show what the database says, and what is inserted appears by itself."""

import re
from datetime import datetime, timezone

import data
import filled
from stage import half_hour, period


def number(value, decimals):
    return f"{value:,.{decimals}f}".replace("-", "−")


class Values(filled.Faultless):
    def tile(self, name, part):
        return self.page.text(f"#tile-{name} .{part}")

    def test_tiles_show_the_newest_values_of_the_database(self):
        rows = self.database.ask("SELECT name, time, value FROM flux.desk WHERE value IS NOT NULL")
        rows = {name: (at, float(value)) for name, at, value in rows}

        def newest(outturn, estimate):
            return max(rows[outturn], rows[estimate], key=lambda row: row[0])[1]

        self.assertEqual(self.tile("niv", "number"), number(newest("niv_outturn", "niv_estimate"), 0))
        self.assertEqual(self.tile("wholesale", "number"), number(rows["wholesale_price"][1], 2))
        self.assertEqual(
            self.tile("imbalance", "number"), number(newest("imbalance_price", "imbalance_price_estimate"), 2)
        )
        self.assertEqual(self.tile("dispatch", "number"), number(data.DISPATCH, 0))
        self.assertEqual(
            [self.tile(name, "unit") for name in ("niv", "wholesale", "imbalance", "dispatch")],
            ["MW", "£/MWh", "£/MWh", "kW"],
        )

    def test_a_tile_says_its_period_its_sign_and_what_a_schedule_holds_next(self):
        self.assertIn(f"SP {period(half_hour(1))} · ", self.tile("wholesale", "period"))
        self.assertEqual(self.tile("niv", "direction"), "long")
        self.assertEqual(self.tile("dispatch", "direction"), "discharge")
        self.assertIn(f"{number(data.NEXT_DISPATCH, 0)} kW", self.tile("dispatch", "due"))

    def test_an_estimate_stands_beside_the_outturn_until_that_is_of_the_same_half_hour(self):
        self.assertEqual(self.tile("imbalance", "marks"), "estimate")
        self.assertEqual(
            self.tile("imbalance", "other"), f"Outturn SP {period(half_hour(2))}: {data.PRICE:.2f} £/MWh, fresh"
        )
        self.database.insert("imbalance_price", {half_hour(1): 93.5})
        self.page.until("the outturn is in large figures", lambda: self.tile("imbalance", "number") == "93.50")
        self.assertEqual(self.tile("imbalance", "marks"), "")
        self.assertIn(f"Estimate SP {period(half_hour(1))}", self.tile("imbalance", "other"))

    def test_ages_count_up_and_never_back(self):
        # Of less than an hour, for as long as the tests last: an older one counts minutes, which takes minutes to see.
        self.database.insert("niv_outturn", {half_hour(0): 12})
        self.page.until("the value is there", lambda: self.tile("niv", "number") == "12")
        self.page.script("""
          window.ages = []
          const age = document.querySelector('#tile-niv .age')
          window.timer = setInterval(() => window.ages.push(age.textContent), 50)""")

        def seen():
            return len(set(self.page.script("return window.ages")))

        self.page.until("three seconds were shown", lambda: seen() >= 3)
        # The same values are asked for again, which the browser knows already.
        self.page.script("document.dispatchEvent(new Event('visibilitychange'))")
        self.page.until("three more were shown", lambda: seen() >= 6)
        self.page.script("clearInterval(window.timer)")
        # "31 min 05 s" or "1 h 02 min": the same digits in the same places.
        ages = [[int(number) for number in re.findall(r"\d+", age)] for age in self.page.script("return window.ages")]
        self.assertEqual(ages, sorted(ages))

    def test_an_insert_appears_without_a_reload_and_a_revision_says_what_it_replaced(self):
        self.page.script("window.isTheSamePage = true")
        self.database.insert("wholesale_price", {half_hour(0): 64.25})
        self.page.until("the value is there", lambda: self.tile("wholesale", "number") == "64.25")
        self.assertEqual(self.tile("wholesale", "marks"), "")
        self.database.insert("wholesale_price", {half_hour(0): 66})
        self.page.until("the revision is there", lambda: self.tile("wholesale", "number") == "66.00")
        self.assertEqual(self.tile("wholesale", "marks"), "revised")
        self.assertIn("was 64.25", self.tile("wholesale", "change"))
        changes = self.page.table("#changes")
        self.assertEqual(
            [(row[1], row[3], row[4], row[5]) for row in changes[:2]],
            [("wholesale_price", "64.25", "66.00 £/MWh", "revised"), ("wholesale_price", "", "64.25 £/MWh", "new")],
        )
        self.assertTrue(self.page.script("return window.isTheSamePage"))

    def test_a_value_of_the_future_and_one_of_the_past_leave_the_tile_alone(self):
        before = self.tile("niv", "number")
        self.database.insert("niv_estimate", {half_hour(-3): 999})
        self.database.insert("niv_estimate", {half_hour(40): 888})
        self.page.until(
            "both were heard",
            lambda: len([row for row in self.page.table("#changes") if row[1] == "niv_estimate"]) == 2,
        )
        self.assertEqual(self.tile("niv", "number"), before)

    def test_a_large_load_is_read_anew(self):
        before = self.page.chart()
        self.database.insert(
            "niv_outturn", {half_hour(n): 1000 + n for n in range(3, 303)}, observed_at=datetime.now(timezone.utc)
        )
        self.page.until("the load is told in one line", lambda: "300 new" in str(self.page.table("#changes")[:1]))
        self.page.until("the chart has changed", lambda: self.page.chart() != before)

    def test_what_a_feed_says_is_text_and_nothing_else(self):
        markup = "status 503 <img src=x onerror=alert(1)>"
        self.database.ask(
            f"UPDATE flux_ops.feed_state SET last_error = '{markup}' WHERE feed = 'modo-system-price-live'"
        )
        self.page.open(self.server.url)
        self.page.until("the feeds are read", lambda: any(markup in row[-1] for row in self.page.table("#feeds")))
        self.assertFalse(self.page.has("#feeds img"))
        states = {row[0]: row[1] for row in self.page.table("#feeds")}
        self.assertEqual(states["modo-system-price-live"], "failing")
        self.assertEqual(states["elexon-system-price"], "healthy")

    def test_gaps_are_those_of_the_database(self):
        self.database.ask(
            "DELETE FROM flux.market_data WHERE type = 2"
            f" AND time >= '{half_hour(30).isoformat()}' AND time < '{half_hour(27).isoformat()}'"
        )
        self.page.open(self.server.url)
        self.page.until(
            "the gap is there",
            lambda: any(row[0] == "wholesale_price" and row[3] == "3" for row in self.page.table("#gaps")),
        )
        self.assertIn("Wholesale 3", self.page.text("#notes"))
