import unittest

import feedfiles
import ledger
import run


class Ledger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.feeds = {feed.id: feed for feed in feedfiles.feeds(run.REPOSITORY / "feeds")}

    def test_a_period_is_counted_from_londons_midnight(self):
        def hours(day, period):
            return (ledger.period_start(day, period) - ledger.period_start(day, 1)) / 3_600_000_000

        self.assertEqual(ledger.period_start("2026-11-27", 1), 1_795_737_600_000_000)
        self.assertEqual(ledger.period_start("2026-07-01", 1) % 86_400_000_000, 82_800_000_000)
        # Both clock changes: 46 and 50 half hours.
        self.assertEqual([hours("2026-03-29", 46), hours("2026-10-25", 50)], [22.5, 24.5])

    def test_fields_become_signals_at_their_scale(self):
        feed = self.feeds["elexon-system-price"]
        found = ledger._values(
            [["2026-11-27", 1, "systemSellPrice", 60.1], ["2026-11-27", 1, "netImbalanceVolume", 0.7]], feed)
        time = ledger.period_start("2026-11-27", 1)
        self.assertEqual(found, {
            ("imbalance_price", time): ledger.real(60.1), ("niv_outturn", time): ledger.real(1.4)})

    def test_a_price_is_the_mean_over_who_traded(self):
        def index(**providers):
            records = [["2026-11-27", 1, name, value, provider] for provider, quote in providers.items()
                       for name, value in zip(("price", "volume"), quote)]
            found = ledger._values(records, self.feeds["elexon-market-index"])
            return {signal: value for (signal, _), value in found.items()}

        self.assertEqual(index(APX=(50, 30), N2EX=(90, 10)), {"wholesale_price": 60, "wholesale_volume": 40})
        self.assertEqual(index(APX=(50.25, 30), N2EX=(0, 0)), {"wholesale_price": 50.25, "wholesale_volume": 30})
        self.assertEqual(index(APX=(0, 0), N2EX=(0, 0)), {"wholesale_volume": 0})

    def test_a_price_that_cannot_be_used_leaves_the_volume(self):
        feed = self.feeds["elexon-market-index"]
        found = ledger._values([["2026-11-27", 1, "volume", 30, "APX"], ["2026-11-27", 1, "volume", 0, "N2EX"]], feed)
        self.assertEqual(found, {("wholesale_volume", ledger.period_start("2026-11-27", 1)): 30})

    def test_a_request_tells_whose_it_was_and_for_which_feed(self):
        line = {
            "at": "2026-11-27T18:00:00.5Z", "ended": "2026-11-27T18:00:01Z", "host": "elexon", "limited": False,
            "path": "/elexon/bmrs/api/v1/balancing/settlement/system-prices/2026-11-27", "records": [],
            "agent": "flux-market/1.0.0 (+b)", "status": 503, "fault": "status=503",
        }
        request = ledger._request(line, self.feeds.values())
        self.assertEqual((request.collector, request.feed, request.fault), ("b", "elexon-system-price", "status=503"))
        self.assertEqual(request.ended - request.at, 500_000)
