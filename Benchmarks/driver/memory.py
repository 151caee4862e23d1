"""Memory of a backfill of one, ten and a hundred years, straight from the simulator."""

from datetime import date

import website
from database import Database
from measure import Spread
from pipeline import backfill
from report import Comparison

YEARS = (1, 10, 100)


def measure(options):
    database = Database("memory")
    costs = {}
    with website.simulator(date(website.FIRST_DAY.year + max(YEARS), 1, 1)) as variables:
        for years in YEARS:
            database.empty()
            days = (date(website.FIRST_DAY.year + years, 1, 1) - website.FIRST_DAY).days
            costs[years] = (backfill(database, days, variables), database.rows())
    database.drop()
    one_year = costs[YEARS[0]][0]
    results = []
    for years, (cost, rows) in costs.items():
        job = f"memory of {years} {'year' if years == 1 else 'years'}, {rows:,} rows"
        limit = one_year.resident + 2
        for quantity, goal in (("resident", f"< 64, and < {limit:.1f}" if years > 1 else "< 64"), ("private", "< 20")):
            results.append(Comparison(job, f"MiB {quantity}", None, None, Spread((getattr(cost, quantity),)), None, goal))
    return results
