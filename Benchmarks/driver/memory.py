"""Memory of a backfill of one, ten and a hundred years, straight from the simulator."""

from datetime import date

import website
from database import Database
from measure import figure, spread
from pipeline import backfill
from report import Comparison

YEARS = (1, 10, 100)


def measure(options):
    database = Database("memory")
    costs, rows = {}, {}
    with website.simulator(date(website.FIRST_DAY.year + max(YEARS), 1, 1)) as variables:
        for years in YEARS:
            days = (date(website.FIRST_DAY.year + years, 1, 1) - website.FIRST_DAY).days
            costs[years] = []
            for _ in range(options.runs):
                database.empty()
                costs[years].append(backfill(database, days, variables))
            rows[years] = database.rows()
    database.drop()
    return [
        Comparison(
            f"memory of {years} {'year' if years == 1 else 'years'}, {rows[years]:,} rows", f"MiB {quantity}", None,
            None, spread(costs[years], quantity), None, goal,
        )
        for years in YEARS
        for quantity, goal in (("resident", _resident(costs[YEARS[0]], years)), ("private", "< 20"))
    ]


def _resident(one_year, years):
    """At most 2 MiB above one year."""
    return "< 64" if years == YEARS[0] else f"< 64, and <= {figure(spread(one_year, 'resident').median + 2)}"
