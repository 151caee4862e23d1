"""One run: everything started, faults, convergence, everything stopped. What is left are files for the checker."""

import asyncio
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import tempfile

import feedfiles
import ledger
from commands import run
from faults import Stage, small_disk
from journal import Journal, now
from plan import COLLECTORS, feed_faults, plan
from programs import Collector, Simulator
from proxy import Proxy
from servers import Pair
from watch import watch

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Fast enough that a minute sees many rounds, and within each host's rate. The Portal's files are not among them: they
# are megabytes once a day, and the simulator's ledger doesn't say what was in them.
EVERY = {
    "modo-niv-live": 3, "modo-system-price-live": 3, "elexon-market-index": 3, "elexon-system-price": 3,
    "axle-battery-schedule": 5,
}
RATES = {"elexon": 180, "modo": 40, "axle": 60}
# Seconds that a version of the last hours' values holds.
VERSIONS_EVERY = 2
# Complete replies of each feed, after the faults, within which all must be well; and seconds, for one that never comes.
LAST_POLLS, LAST_SECONDS = 2, 60
# MiB of the disk that the spool is on.
_SPOOL_DISK = 16


async def play(program, seed, seconds, keep, note):
    """:param keep: the folder for logs, ledger, journal, samples and what the table held."""
    async with contextlib.AsyncExitStack() as stack:
        # Short, since sockets lie in it; the servers' own user has to get in.
        work = pathlib.Path(tempfile.mkdtemp(prefix="flux-chaos-", dir="/tmp"))
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        work.chmod(0o755)
        if os.getuid() == 0:
            shutil.chown(work, "postgres")
        journal = Journal(keep / "journal.jsonl")
        stack.callback(journal.close)

        note("starting a primary, its standby, the simulator and two collectors")
        pair = Pair(work)
        stack.callback(_keep_logs, work, keep)
        stack.push_async_callback(pair.close)
        await pair.start()
        await _deploy(program, pair)
        await pair.add_standby()

        simulator = Simulator(
            [program, "simulate", "--port", "0", "--seed", seed, "--lively", VERSIONS_EVERY, "--faults",
             feed_faults(seconds), "--ledger", keep / "ledger.jsonl"],
            {}, keep / "simulator.log")
        await simulator.start()
        stack.push_async_callback(simulator.kill)
        # It lifts the rates, which are what we are here for.
        variables = {name: value for name, value in (await simulator.variables()).items() if not name.endswith("_RATE")}
        folder = feedfiles.copy(REPOSITORY / "feeds", keep / "feeds", EVERY, RATES)
        proxies, collectors = {}, []
        for name in COLLECTORS:
            proxies[name] = [Proxy(server.port, random.Random(f"{seed} {name} {server.name}"), journal)
                             for server in pair.servers]
            for proxy in proxies[name]:
                await proxy.start()
                stack.push_async_callback(proxy.close)
            state = await stack.enter_async_context(small_disk(work / name, _SPOOL_DISK))
            collector = Collector(
                name, [program, "collect", "--feeds", folder],
                {**variables, **_settings(name, proxies[name], state)}, keep / f"collector-{name}.log", state)
            await collector.start()
            stack.push_async_callback(collector.kill)
            collectors.append(collector)
        watching = asyncio.create_task(watch(pair, collectors, journal, keep / "samples.jsonl"))
        stack.callback(watching.cancel)

        note(f"faults for {seconds} s")
        events = plan(seed, seconds)
        (keep / "plan.txt").write_text("".join(f"{event}\n" for event in events))
        for proxy in sum(proxies.values(), []):
            proxy.commit_chance, proxy.second_chance = 0.05, 0.02
        journal.note("faults begin")
        await Stage(pair, collectors, proxies, journal).carry_out(events, seconds)
        for proxy in sum(proxies.values(), []):
            proxy.commit_chance = proxy.second_chance = 0
        journal.note("faults end")

        note("waiting for the rounds after the faults")
        await _converge(program, collectors, journal, keep / "ledger.jsonl", folder)
        if watching.done():
            # It failed, and nobody has looked who held what.
            await watching
        watching.cancel()
        await _stop(program, simulator, collectors, journal)
        await _write_table(pair, keep / "table.json")


async def _deploy(program, pair):
    await pair.primary.query("CREATE DATABASE flux")
    address = f"postgresql://postgres@127.0.0.1:{pair.primary.port}/flux"
    await run(program, "db", "deploy", address, patience=120)
    # What a collector may do in earnest, and no more.
    await pair.primary.query("CREATE ROLE collector LOGIN IN ROLE flux_collector")


def _settings(name, proxies, state):
    hosts = ",".join(f"127.0.0.1:{proxy.port}" for proxy in proxies)
    return {
        "FLUX_DATABASE_URL": f"postgresql://collector@{hosts}/flux?target_session_attrs=read-write",
        "FLUX_STATE_DIR": str(state), "FLUX_SHARE_DIR": str(REPOSITORY), "FLUX_CONTACT": name,
    }


async def _converge(program, collectors, journal, path, folder):
    """Until every feed has been asked a few times in vain for faults, and nothing waits in a spool."""
    begun = now()
    feeds = feedfiles.feeds(folder)
    for _ in range(LAST_SECONDS):
        await asyncio.sleep(1)
        polls = {feed.id: 0 for feed in feeds}
        for request in ledger.read(path, feeds):
            if request.at > begun and request.feed and (request.values or request.steps):
                polls[request.feed] += 1
        waiting = [await spooled(program, collector) for collector in collectors]
        if not any(waiting) and min(polls.values()) >= LAST_POLLS:
            return journal.note("converged", begun, polls=polls)
    journal.note(
        "failure", what=f"{LAST_SECONDS} s after the faults: replies by feed {polls}, batches in the spools {waiting}")


async def spooled(program, collector):
    """How many batches wait in the collector's spool, or were set aside."""
    text = await run(
        program, "spool", "status", "--format", "json", environment={"FLUX_STATE_DIR": str(collector.state)})
    return sum(row["batches"] for row in json.loads(text) if row["what"] in ("all that waits", "set aside"))


async def _stop(program, simulator, collectors, journal):
    """The collectors first: what they have in hand then is not lost either."""
    async def end(collector):
        async with collector.lock:
            took = await collector.terminate(journal)
            journal.note("ended", collector=collector.name, took=took)
            if left := await spooled(program, collector):
                journal.note("failure", what=f"{left} batches are left in the spool of collector {collector.name}")

    await asyncio.gather(*map(end, collectors))
    simulator.signal(signal.SIGTERM)
    await simulator.ended(patience=5)


async def _write_table(pair, path):
    """Every revision as (signal, time, value, created_at), times in microseconds, and how many rows are there twice."""
    rows = await pair.primary.query(
        """SELECT t.name, (extract(epoch FROM r."time") * 1000000)::bigint, r.value,
          (extract(epoch FROM r.created_at) * 1000000)::bigint
        FROM flux.market_data_revisions r JOIN flux.market_data_types t ON t.id = r.type
        ORDER BY r.type, r."time", r.revision""", database="flux")
    [[doubles]] = await pair.primary.query(
        'SELECT count(*) - count(DISTINCT (type, "time", created_at, value)) FROM flux.market_data', database="flux")
    revisions = [(name, int(time), float(value), int(created)) for name, time, value, created in rows]
    path.write_text(json.dumps({"doubles": int(doubles), "revisions": revisions}))


def _keep_logs(work, keep):
    for log in work.glob("*.log"):
        shutil.copy(log, keep / f"server-{log.name}")
