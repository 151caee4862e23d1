"""Reading the page with the keyboard, a screen reader, weak eyes, or a telephone."""

import pathlib

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

import filled
from stage import Page, half_hour


class Access(filled.Filled):
    def page(self, **options):
        page = Page(**options)
        self.addCleanup(page.close)
        page.open(self.server.url)
        page.until("the stream is open", lambda: page.text("#link") == "live")
        page.until("the feeds are read", lambda: len(page.table("#feeds")) > 1)
        return page

    def focused(self, page):
        return page.script(
            "const e = document.activeElement; return e.id || e.name || e.textContent.trim().slice(0, 20)"
        )

    def test_the_keyboard_reaches_everything_and_is_always_seen(self):
        page = self.page()
        reached = []
        for _ in range(40):
            ActionChains(page.driver).send_keys(Keys.TAB).perform()
            reached.append(self.focused(page))
            outline = page.script("""
              const seen = (e) => {
                const { outlineStyle, outlineWidth } = e ? getComputedStyle(e) : {}
                return outlineStyle && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
              }
              const e = document.activeElement
              return seen(e) || seen(e.closest('fieldset')) || e === document.body""")
            self.assertTrue(outline, f"{reached[-1]} has the focus, and nothing shows it")
            if page.script("return document.activeElement === document.body"):
                break
        wanted = ["To the chart", "zone", "theme", "range", "line-niv_outturn", "charts", "as-of-slider", "as-of-time"]
        self.assertEqual([name for name in wanted if name not in reached], [])
        self.assertEqual(sorted(wanted, key=reached.index), wanted)

    def test_the_chart_is_read_with_the_arrow_keys(self):
        page = self.page()
        chart = page.find("#charts")
        # From the half hour that runs, which has no values yet, and may have begun a moment ago.
        chart.send_keys(*[Keys.ARROW_LEFT] * 4)
        first = page.text("#reading")
        self.assertRegex(first, r"SP \d+, NIV")
        chart.send_keys(Keys.ARROW_LEFT)
        self.assertNotEqual(page.text("#reading"), first)
        self.assertEqual(page.find("#reading").get_attribute("aria-live"), "polite")
        chart.send_keys("+")
        page.until("it is zoomed", lambda: page.find("#zoom-out").is_enabled())
        chart.send_keys("0")
        page.until("it is whole", lambda: not page.find("#zoom-out").is_enabled())
        page.find("#as-of-slider").send_keys(Keys.ARROW_LEFT)
        page.until("the slider moves", lambda: "ago" in page.text("#as-of-says"))
        self.assertIn("ago", page.find("#as-of-slider").get_attribute("aria-valuetext"))

    def test_every_control_has_a_name(self):
        page = self.page()

        def nameless():
            controls = page.driver.find_elements(
                "css selector", "button, input, summary, a, #charts, .sparkline, fieldset, section"
            )
            self.assertGreater(len(controls), 25)
            return [c.get_attribute("outerHTML")[:80] for c in controls if c.is_displayed() and not c.accessible_name]

        for _ in range(20):
            try:
                found = nameless()
                break
            except StaleElementReferenceException:
                # The sparklines are drawn anew every fifteen seconds.
                continue
        self.assertEqual(found, [])

    def test_contrast_is_enough_in_both_colours(self):
        script = pathlib.Path(__file__).with_name("contrast.js").read_text()
        for dark in (False, True):
            page = self.page(dark=dark)
            # With everything on the screen that can be: a cursor, the past, a change, a lost link.
            page.find("#charts").send_keys(Keys.ARROW_LEFT)
            page.set_slider(24)
            page.script(
                "for (const banner of document.querySelectorAll('.banner')) banner.hidden = false;"
                "document.getElementById('lost').textContent = 'Lost'"
            )
            self.database.insert("niv_outturn", {half_hour(3): 10 if dark else 20})
            page.until("a change is listed", lambda page=page: page.table("#changes"))
            answer = page.script(script)
            self.assertGreater(answer["looked"], 60)
            self.assertEqual(answer["found"], [], "dark" if dark else "light")

    def test_colours_follow_the_system_or_the_switch(self):
        page = self.page(dark=True)

        def ground():
            return page.script("return getComputedStyle(document.body).backgroundColor")

        dark, drawn = ground(), page.chart()
        page.picture("desktop-dark")
        page.click('#theme input[value="light"]')
        page.until("it is light, the chart too", lambda: ground() != dark and page.chart() != drawn)
        page.click('#theme input[value="auto"]')
        page.until("it is as the system says", lambda: ground() == dark)

    def test_new_values_are_announced_without_chatter(self):
        page = self.page()
        page.script("""window.said = []
          const region = document.getElementById('announcement')
          new MutationObserver(() => window.said.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true })""")
        for value in range(5):
            self.database.insert("wholesale_price", {half_hour(0): 40 + value})
        page.until("the last is shown", lambda: page.text("#tile-wholesale .number") == "44.00")
        page.until("something is said", lambda: page.script("return window.said.length") >= 1)
        said = page.script("return window.said")
        self.assertLessEqual(len(said), 2, said)
        self.assertIn("Wholesale price 4", said[0])
        self.assertIn("pounds per megawatt hour", said[0])
        ages = page.script(
            "return [...document.querySelectorAll('[aria-live]')].filter((e) => e.querySelector('.age')).length"
        )
        self.assertEqual(ages, 0, "ages count up each second, and nobody wants to hear that")

    def test_nothing_is_asked_of_another_host(self):
        page = self.page()
        hosts = page.script(
            "return [...new Set(performance.getEntriesByType('resource').map((entry) => new URL(entry.name).host))]"
        )
        self.assertEqual(hosts, [f"127.0.0.1:{self.server.port}"])
        policy = page.script("return fetch('/').then((answer) => answer.headers.get('content-security-policy'))")
        for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'"):
            self.assertIn(rule, policy)
        self.assertNotIn("unsafe", policy)

    def test_a_telephone_shows_all_of_it(self):
        page = self.page(width=390, height=844)
        self.assertEqual(page.script("return document.documentElement.scrollWidth"), 390)
        outside = page.script("""
          const isOut = (e) => !e.closest('.scroll, canvas, .hidden') && e.getBoundingClientRect().right > 391
            && e.getClientRects().length > 0 && getComputedStyle(e).clipPath === 'none'
          return [...document.querySelectorAll('main *')].filter(isOut).map((e) => e.outerHTML.slice(0, 80))""")
        self.assertEqual(outside, [])
        page.size(390, 1150)
        page.picture("phone", whole=False)
        self.assertEqual(page.errors(), [])

    def test_pictures_of_the_desk(self):
        page = self.page()
        page.picture("desktop")
        self.assertEqual(page.errors(), [])
