"""Loads days of system prices: aiohttp with 16 connections, orjson, binary COPY into a temporary table, and one
statement for each 200 days that adds what differs from the newest stored value.

usage: pipeline.py ADDRESS FIRST LAST       the database is what the PG… variables name
"""

import asyncio
import sys
from datetime import date, datetime, timedelta

import aiohttp
import orjson
import psycopg

CONNECTIONS = 16
DAYS_A_BATCH = 200
PRICE, NIV = 3, 101

# Newest first, as both indexes are.
MERGE = """
INSERT INTO flux.market_data (time, type, value)
SELECT i.time, i.type, i.value
FROM incoming i LEFT JOIN (
  SELECT DISTINCT ON (time, type) time, type, value FROM flux.market_data
  WHERE type = ANY (%s) AND time BETWEEN %s AND %s ORDER BY time DESC, type, created_at DESC
) stored USING (time, type)
WHERE stored.value IS DISTINCT FROM i.value
ORDER BY i.time DESC, i.type
"""


async def fetch(session, day):
    async with session.get(f"/balancing/settlement/system-prices/{day}") as reply:
        reply.raise_for_status()
        return orjson.loads(await reply.read())["data"]


def load(connection, records):
    times = [datetime.fromisoformat(record["startTime"]) for record in records]
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("COPY incoming FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["timestamptz", "int4", "float4"])
            for time, record in zip(times, records):
                copy.write_row((time, PRICE, record["systemSellPrice"]))
                copy.write_row((time, NIV, record["netImbalanceVolume"] * 2))
        cursor.execute(MERGE, ([PRICE, NIV], min(times), max(times)))


async def main(address, first, last):
    count = (last - first).days + 1
    days = [last - timedelta(days=n) for n in range(count)]
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE incoming (time timestamptz, type integer, value real) ON COMMIT DELETE ROWS"
        )
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(address, connector=connector) as session:
            loading = None
            for start in range(0, count, DAYS_A_BATCH):
                replies = await asyncio.gather(*(fetch(session, day) for day in days[start:start + DAYS_A_BATCH]))
                records = [record for reply in replies for record in reply]
                # The batch before is loaded while this one comes in.
                if loading:
                    await loading
                loading = asyncio.create_task(asyncio.to_thread(load, connection, records))
            await loading


asyncio.run(main(sys.argv[1], date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3])))
