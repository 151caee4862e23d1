"""The database of most tests: a month of plausible half hours, and newest values that a test can name."""

from datetime import datetime, timedelta, timezone

from stage import half_hour

# The newest of each signal.
NIV_ESTIMATE, NIV_OUTTURN = -120.25, 181.25
PRICE, PRICE_BEFORE_ITS_REVISION, PRICE_ESTIMATE = 86.5, 84, 97.75
WHOLESALE = 71.4
DISPATCH, NEXT_DISPATCH = 750, -400


def niv(n):
    """Swings of a day and of half a day, and what no two half hours have alike, `n` before the newest outturn."""
    return f"300 * sin({n} * 0.1309 + 1) + 120 * sin({n} * 0.2618) + 160 * sin({n} * {n} * 1.7)"


def noise(n):
    return f"sin({n} * {n} * 2.3 + 1)"


def fill(database):
    soon = timedelta(minutes=20)
    # An estimate is a half hour ahead of its outturn.
    earlier = "(n - 1)"
    database.insert_days("niv_outturn", niv("n"))
    database.insert_days("niv_estimate", f"{niv(earlier)} + 40 * {noise('n')}", newest=1, published=soon)
    database.insert_days("imbalance_price", f"82 + ({niv('n')}) / 7 + 12 * {noise('n')}")
    price_estimate = f"82 + ({niv(earlier)}) / 7 + 12 * {noise(earlier)} + 9 * {noise('n')}"
    database.insert_days("imbalance_price_estimate", price_estimate, newest=1, published=soon)
    wholesale = "78 + 24 * sin(n * 0.1309 + 2) + 5 * sin(n * n * 3.1)"
    database.insert_days("wholesale_price", wholesale, newest=1, published=timedelta(minutes=5))
    database.insert("niv_outturn", {half_hour(2): NIV_OUTTURN})
    database.insert("niv_estimate", {half_hour(1): NIV_ESTIMATE})
    a_moment_ago = datetime.now(timezone.utc) - timedelta(minutes=9)
    database.insert("imbalance_price", {half_hour(2): PRICE_BEFORE_ITS_REVISION}, observed_at=a_moment_ago)
    database.insert("imbalance_price", {half_hour(2): PRICE})
    database.insert("imbalance_price_estimate", {half_hour(1): PRICE_ESTIMATE})
    database.insert("wholesale_price", {half_hour(1): WHOLESALE})
    steps = {40: -500, 34: 0, 16: 900, 11: 0, 3: DISPATCH, -2: NEXT_DISPATCH, -5: 0}
    schedule = {half_hour(before): level for before, level in steps.items()}
    database.insert("axle_dispatch", schedule, observed_at=half_hour(46))
    feeds(database)


def feeds(database):
    """As a collector would leave them; one of them fails."""
    database.ask("""
      INSERT INTO flux_ops.feed_signal
        (feed, type, first_time, published_after, cadence, expected_after, asked_every, is_estimate)
      SELECT f.feed, f.type, '2019-01-01Z', f.after + interval '30 minutes', f.cadence::interval, f.after,
        f.every::interval, f.estimate
      FROM (VALUES
        ('elexon-system-price', 3, interval '2 hours', '30 minutes', '5 minutes', false),
        ('elexon-system-price', 101, interval '2 hours', '30 minutes', '5 minutes', false),
        ('elexon-market-index', 2, interval '90 minutes', '30 minutes', '5 minutes', false),
        ('modo-niv-live', 1, interval '90 minutes', '30 minutes', '2 minutes', true),
        ('modo-system-price-live', 102, interval '90 minutes', '30 minutes', '2 minutes', true),
        ('axle-battery-schedule', 4, NULL, NULL, '1 minute', false)
      ) f (feed, type, after, cadence, every, estimate)""")
    database.ask("""
      INSERT INTO flux_ops.feed_state
        (feed, last_attempt_at, last_success_at, consecutive_failures, last_error, next_due_at, newest_time)
      SELECT f.feed, now(), now() - f.ago, f.failures, f.error, now() + interval '4 minutes', now() - interval '1 hour'
      FROM (VALUES
        ('elexon-system-price', interval '40 seconds', 0, NULL),
        ('elexon-market-index', interval '2 minutes', 0, NULL),
        ('modo-niv-live', interval '1 minute', 0, NULL),
        ('modo-system-price-live', interval '31 minutes', 6, 'api.modoenergy.com answered 503 Service Unavailable'),
        ('axle-battery-schedule', interval '30 seconds', 0, NULL)
      ) f (feed, ago, failures, error)""")
