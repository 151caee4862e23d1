"""The chart: ranges, thinning, what was known at an instant, what was revised."""

import zoneinfo
from datetime import datetime, timedelta

import filled
from stage import HALF_HOUR, half_hour, period


class Chart(filled.Faultless):
    def choose(self, name):
        self.page.click(f'#range input[value="{name}"]')
        self.page.until("the range is read", lambda: not self.page.has("#charts.reading-now"))

    def values(self):
        """The table of the chart's half hours: (SP, …) → its cells."""
        self.page.script("document.getElementById('values').open = true")
        self.page.until("the table is there", lambda: self.page.table("#values table"))
        return self.page.table("#values table")

    def row(self, at):
        return next(row for row in self.values() if row[0].startswith(f"SP {period(at)} · "))

    def test_both_panels_are_drawn_with_every_line(self):
        self.assertTrue(self.page.shown("#market canvas"))
        self.assertTrue(self.page.shown("#dispatch canvas"))
        row = self.row(half_hour(2))
        self.assertEqual((row[1], row[3].removeprefix("○ "), row[6]), ("181", "86.50", "750"))
        self.assertTrue(all(cell != "–" for cell in row))

    def test_a_revised_half_hour_is_marked(self):
        self.assertEqual(self.row(half_hour(2))[3], "○ 86.50")
        self.assertNotIn("○", self.row(half_hour(5))[3])

    def test_the_slider_redraws_what_was_known_at_that_instant(self):
        now = self.page.chart()
        self.page.set_slider(24)  # two hours ago
        self.page.until(
            "the chart is another",
            lambda: (
                self.page.script("return document.getElementById('charts').dataset.asOf") != "now"
                and self.page.chart() != now
            ),
        )
        self.page.picture("as-of", whole=False)
        self.assertIn("as known at", self.page.text("#chart-title"))
        self.assertIn("the tiles show now", self.page.text("#notes"))
        newest = [row for row in self.values() if row[3] != "–"][0]
        known = self.database.ask(
            "SELECT round(value::numeric, 2) FROM flux.market_data_as_of("
            f"'{self.as_of()}', '{half_hour(60).isoformat()}', now(), ARRAY[3]) ORDER BY time DESC LIMIT 1"
        )
        self.assertEqual(newest[3].removeprefix("○ "), known[0][0].replace("-", "−"))
        self.assertNotEqual(newest[0], self.row(half_hour(2))[0])
        self.page.click("#as-of-now")
        self.page.until(
            "the chart is as before",
            lambda: self.page.script("return document.getElementById('charts').dataset.asOf") == "now",
        )
        self.assertEqual(self.row(half_hour(2))[3], "○ 86.50")

    def as_of(self):
        return self.page.script("return document.getElementById('charts').dataset.asOf")

    def test_an_instant_can_be_written_and_a_malformed_one_is_told(self):
        field = self.page.find("#as-of-time")
        field.clear()
        field.send_keys("yesterday\n")
        self.assertIn("2026-03-29 16:05", self.page.text("#as-of-says"))
        self.assertEqual(self.as_of(), "now")
        # A minute before the revision only what it replaced was known.
        before = self.database.ask(
            "SELECT to_char(max(created_at) - interval '1 minute', 'YYYY-MM-DD HH24:MI:SS')"
            f" FROM flux.market_data WHERE type = 3 AND time = '{half_hour(2).isoformat()}'"
        )[0][0]
        self.page.click('#zone input[value="UTC"]')
        field.clear()
        field.send_keys(before + "\n")
        self.page.until("it is read", lambda: self.as_of() == before.replace(" ", "T") + ".000Z")
        self.assertEqual(self.row(half_hour(2))[3].removeprefix("○ "), "84.00")
        self.page.click('#zone input[value="Europe/London"]')

    def test_what_comes_while_the_past_is_shown_does_not_change_it(self):
        self.page.set_slider(24)
        self.page.until("the past is shown", lambda: self.as_of() != "now" and not self.page.has("#charts.reading-now"))
        before = self.page.chart()
        self.database.insert("niv_outturn", {half_hour(1): -777})
        self.page.until("it is told", lambda: any(row[1] == "niv_outturn" for row in self.page.table("#changes")))
        self.page.until("the tile has it", lambda: self.page.text("#tile-niv .number") == "−777")
        self.assertEqual(self.page.chart(), before)

    def test_a_long_range_is_thinned_and_says_so_and_zoomed_in_it_is_not(self):
        self.choose("30d")
        self.assertNotIn("Thinned", self.page.text("#notes"))
        self.database.ask(
            "SELECT * FROM flux.insert_market_data_batch(ARRAY(SELECT (t, 3, 50)::flux.market_data_input"
            " FROM generate_series(now() - interval '300 days', now() - interval '31 days', interval '30 minutes') t))"
        )
        self.choose("1y")
        self.page.until("it says so", lambda: "Thinned" in self.page.text("#notes"))
        count = int(
            self.database.ask(
                "SELECT count(*) FROM flux.market_data_current WHERE type = 3 AND time >= now() - interval '365 days'"
            )[0][0]
        )
        self.assertIn(f"of {count:,}", self.page.text("#notes"))
        chart = self.page.find("#charts")
        for _ in range(6):
            chart.send_keys("+")
        self.page.until("the window is read closer", lambda: "Thinned" not in self.page.text("#notes"))
        self.page.click("#zoom-out")
        self.page.until("the whole is thinned again", lambda: "Thinned" in self.page.text("#notes"))

    def test_dragging_zooms_and_one_button_shows_the_whole_again(self):
        from selenium.webdriver import ActionChains

        canvas = self.page.find("#market")
        self.page.script("arguments[0].scrollIntoView({ block: 'center' })", canvas)
        self.assertFalse(self.page.find("#zoom-out").is_enabled())
        ActionChains(self.page.driver).move_to_element_with_offset(canvas, -200, 0).click_and_hold().move_by_offset(
            200, 2
        ).release().perform()
        self.page.until("it is zoomed", lambda: self.page.find("#zoom-out").is_enabled())
        self.assertLess(len(self.values()), 30)
        self.page.click("#zoom-out")
        self.page.until("it is whole", lambda: not self.page.find("#zoom-out").is_enabled())

    def test_a_line_can_be_hidden(self):
        before = self.page.chart()
        self.page.click("#line-wholesale_price")
        self.assertEqual(self.page.find("#line-wholesale_price").get_attribute("aria-pressed"), "false")
        self.page.until("it is gone", lambda: self.page.chart() != before)

    def test_half_hours_have_the_periods_of_london_on_every_kind_of_day(self):
        times = []
        for day in ("2026-03-28", "2026-03-29", "2026-07-01", "2026-10-25", "2026-12-31"):
            first = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(hours=2)
            times += [first + n * HALF_HOUR for n in range(56)]
        answer = self.page.driver.execute_async_script(
            "const [times, done] = arguments; import('/clock.js').then((clock) => done(times.map((time) =>"
            " [clock.period(time), clock.hourMinute(time), clock.instant(clock.local(time)) === time])))",
            [at.timestamp() * 1000 for at in times],
        )
        london = zoneinfo.ZoneInfo("Europe/London")
        expected = [
            [period(at), at.astimezone(london).strftime("%H:%M"), at.astimezone(london).fold == 0] for at in times
        ]
        self.assertEqual(answer, expected)

    def test_times_are_londons_or_utc(self):
        self.page.click('#zone input[value="UTC"]')
        self.page.until("the clock says so", lambda: self.page.text("#clock").endswith("UTC"))
        at = half_hour(1).strftime("%H:%M")
        self.assertIn(f"{at}–", self.page.text("#tile-wholesale .period"))
        self.page.open(self.server.url)
        self.assertTrue(self.page.text("#clock").endswith("UTC"), "it is remembered")
        self.page.click('#zone input[value="Europe/London"]')
        self.page.until("the clock says so", lambda: self.page.text("#clock")[-3:] in ("GMT", "BST"))
