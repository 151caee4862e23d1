"""What the page says when something is not well, and that it recovers by itself."""

import hashlib
import pathlib
import shutil
import signal
import tempfile
import unittest

import data
import filled
from stage import PROGRAM, ROOT, Database, Page, Server, half_hour


class States(filled.Opened):
    @staticmethod
    def fill(database):
        data.feeds(database)
        database.ask("UPDATE flux_ops.feed_signal SET published_after = '6 hours' WHERE type = 3")
        database.insert("wholesale_price", {half_hour(60): 55}, observed_at=half_hour(58))
        database.insert("imbalance_price", {half_hour(6): 66}, observed_at=half_hour(4))
        database.insert("niv_outturn", {half_hour(2): 77}, observed_at=half_hour(1))

    def setUp(self):
        super().setUp()
        self.page.errors()

    def state(self, tile):
        return self.page.find(f"#tile-{tile}").get_attribute("data-state"), self.page.text(f"#tile-{tile} .state")

    def test_each_state_is_a_word_with_its_reason(self):
        self.assertEqual(self.state("niv"), ("fresh", "fresh"))
        self.assertEqual(self.state("imbalance"), ("late", "late"))
        self.assertEqual(self.state("wholesale"), ("stale", "stale"))
        self.assertEqual(self.state("dispatch"), ("none", "no value"))
        for tile, signal_name in (
            ("imbalance", "imbalance_price"),
            ("wholesale", "wholesale_price"),
            ("dispatch", "axle_dispatch"),
        ):
            reason = self.database.ask(f"SELECT reason FROM flux.desk WHERE name = '{signal_name}'")[0][0]
            # An instant at its end is shown by the page's own clock.
            self.assertTrue(self.page.text(f"#tile-{tile} .reason").startswith(reason.split(" by ")[0]))
        self.assertEqual(self.page.text("#tile-dispatch .number"), "–")
        self.page.picture("states", whole=False)
        self.assertEqual(self.page.errors(), [])

    def test_a_lost_connection_is_told_and_found_again_with_what_was_missed(self):
        self.server.stop(signal.SIGKILL)
        self.page.until("it is told", lambda: self.page.shown("#lost"))
        self.page.until("the link says so", lambda: self.page.text("#link") == "lost")
        self.assertIn("What stands here was true then", self.page.text("#lost"))
        self.assertEqual(self.page.find("#lost").get_attribute("role"), "alert")
        self.assertTrue(self.page.has("body.not-current"))
        self.page.picture("lost", whole=False)
        self.database.insert("niv_outturn", {half_hour(1): -321})
        self.server.start()
        self.page.until("it is back by itself", lambda: self.page.text("#link") == "live")
        self.page.until("what was missed is there", lambda: self.page.text("#tile-niv .number") == "−321")
        self.assertFalse(self.page.shown("#lost"))
        self.assertFalse(self.page.has("body.not-current"))
        self.database.insert("niv_outturn", {half_hour(0): -123})
        self.page.until("the stream goes on", lambda: self.page.text("#tile-niv .number") == "−123")
        # What a browser says of a server that is away, and nothing else.
        self.assertEqual([error for error in self.page.errors() if "net::ERR_" not in error], [])

    def test_a_database_that_is_away_is_told_apart_from_the_server(self):
        self.database.run("db", "down")
        self.page.until("it is told", lambda: self.page.text("#link") == "database away" and self.page.shown("#lost"))
        self.assertIn("database", self.page.text("#lost"))
        self.database.run("db", "up")
        self.page.until("it is back by itself", lambda: self.page.text("#link") == "live")
        self.assertFalse(self.page.shown("#lost"))


class OtherPlaces(unittest.TestCase):
    def test_made_up_values_are_called_simulated(self):
        database = Database(PROGRAM, simulated=True)
        self.addCleanup(database.drop)
        database.insert("niv_outturn", {half_hour(1): 5})
        server = Server(database).start()
        self.addCleanup(server.stop)
        page = Page()
        self.addCleanup(page.close)
        page.open(server.url)
        page.until("it is told", lambda: page.shown("#simulated"))
        self.assertIn("Simulated", page.text("#simulated"))
        page.picture("simulated", whole=False)

    def test_a_page_without_dygraphs_says_what_to_do_and_shows_the_rest(self):
        database = Database(PROGRAM)
        self.addCleanup(database.drop)
        database.insert("niv_outturn", {half_hour(1): 5})
        share = tempfile.mkdtemp(prefix="flux-share-", dir=database.folder)
        for folder in ("feeds", "migrations", "api", "page"):
            shutil.copytree(ROOT / folder, f"{share}/{folder}", ignore=shutil.ignore_patterns("dygraphs"))
        server = Server(database, FLUX_SHARE_DIR=share).start()
        self.addCleanup(server.stop)
        page = Page()
        self.addCleanup(page.close)
        page.open(server.url)
        self.assertTrue(page.shown("#chart-missing"))
        self.assertIn("libjs-dygraphs", page.text("#chart-missing"))
        self.assertEqual(page.text("#tile-niv .number"), "5")
        self.assertFalse(any("Uncaught" in error for error in page.errors()))

    def test_where_a_token_is_needed_the_browser_asks_for_it_once(self):
        database = Database(PROGRAM)
        self.addCleanup(database.drop)
        database.insert("niv_outturn", {half_hour(1): 5})
        tokens = pathlib.Path(database.folder, "tokens")
        tokens.write_text(hashlib.sha256(b"a token").hexdigest() + " desk\n")
        server = Server(database, "--behind-proxy", FLUX_API_TOKENS_FILE=str(tokens)).start()
        self.addCleanup(server.stop)
        page = Page()
        self.addCleanup(page.close)
        # As if it had been typed when the browser asked: from then on it is sent with everything.
        page.driver.get(server.url.replace("//", "//desk:a%20token@") + "openapi.yaml")
        page.open(server.url)
        page.until("the stream is open", lambda: page.text("#link") == "live")
        database.insert("niv_outturn", {half_hour(1): 6})
        page.until("a commit is told", lambda: page.text("#tile-niv .number") == "6")
