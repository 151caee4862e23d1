"""The newest values over HTTP as a small service of Python would give them: FastAPI, asyncpg, orjson, one process.

It asks what flux-market's /v1/latest asks, the desk and the values of the last day, through as many connections.
"""

import contextlib
import os
import sys

import asyncpg
import fastapi
import orjson
import uvicorn

DESK = """
SELECT name AS signal, unit, state, reason, is_estimate AS estimate, is_revised AS revised, time, value, observed_at,
  previous_time, previous_value, replaced_value, replaced_observed_at, next_time, next_value, feed, metadata::text,
  extract(epoch FROM age)::float8 AS age, due_at, asked_at, type
FROM flux.desk ORDER BY type
"""
LAST_DAY = """
SELECT type, time, value FROM flux.market_data_current
WHERE time > now() - interval '1 day' AND time <= now() ORDER BY time
"""


@contextlib.asynccontextmanager
async def lifespan(application):
    application.state.pool = await asyncpg.create_pool(os.environ["FLUX_DATABASE_URL"], min_size=6, max_size=6)
    yield
    await application.state.pool.close()


application = fastapi.FastAPI(lifespan=lifespan)


@application.get("/v1/latest")
async def latest():
    async with application.state.pool.acquire() as connection:
        desk = await connection.fetch(DESK)
        points = await connection.fetch(LAST_DAY)
    days = {}
    for point in points:
        days.setdefault(point["type"], []).append({"time": point["time"], "value": point["value"]})
    signals = [{**row, "last_day": days.get(row["type"], [])} for row in desk]
    return fastapi.Response(orjson.dumps({"signals": signals}), media_type="application/json")


uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
