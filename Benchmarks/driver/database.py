"""Databases on the private server, which the PG… variables name."""

import copy
import os
import subprocess
from enum import StrEnum

import psycopg
from psycopg import sql


class Engine(StrEnum):
    """What market data is stored in."""

    PLAIN = "PostgreSQL"
    YEARS = "TimescaleDB, chunks of a year"
    WEEKS = "TimescaleDB, chunks of 7 days"

    @property
    def options(self):
        return {
            Engine.PLAIN: "-c flux.timescaledb=off",
            Engine.YEARS: "",
            Engine.WEEKS: "-c flux.market_data_chunk=7days",
        }[self]


def engines():
    """Those that this server has."""
    with psycopg.connect() as server:
        preloaded = server.execute("SELECT current_setting('shared_preload_libraries')").fetchone()[0]
    return list(Engine) if "timescaledb" in preloaded else [Engine.PLAIN]


class Database:
    """A database with the schema deployed."""

    def __init__(self, name, engine=Engine.PLAIN):
        self.name = name
        self.engine = engine
        with psycopg.connect(autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        options = f"-c client_min_messages=warning -c timezone=UTC {engine.options}"
        deployed = subprocess.run(
            ["sqitch", "deploy", "--chdir", "migrations", "--target", "timescale-mgf"],
            env={**os.environ, "PGDATABASE": name, "PGOPTIONS": options},
            capture_output=True, text=True,
        )
        if deployed.returncode != 0:
            raise SystemExit(deployed.stdout + deployed.stderr)
        self._connect()
        self._filled_by_use = ["flux.market_data"] + [
            name for (name,) in self.connection.execute(
                "SELECT oid::regclass::text FROM pg_class"
                " WHERE relnamespace = 'flux_ops'::regnamespace AND relkind = 'r' ORDER BY oid"
            ).fetchall()
            if not self.connection.execute(f"SELECT EXISTS (SELECT FROM {name})").fetchone()[0]
        ]

    def _connect(self):
        self.connection = psycopg.connect(dbname=self.name, autocommit=True, options="-c timezone=UTC")

    def copied(self, name):
        """Another one with the same in it, to be dropped with it."""
        other = copy.copy(self)
        other.name = name
        self.connection.close()
        with psycopg.connect(autocommit=True) as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self.name))
            )
            server.execute("CHECKPOINT")
        self._connect()
        other._connect()
        return other

    @property
    def url(self):
        """As FLUX_DATABASE_URL takes it."""
        return f"postgresql:///{self.name}?host={os.environ['PGHOST']}&user={os.environ['PGUSER']}"

    @property
    def environment(self):
        return {"PGDATABASE": self.name, "FLUX_DATABASE_URL": self.url}

    def empty(self):
        """As it was after its deployment, and nothing left to write for the server.

        Not vacuumed: of a table known to be empty the planner would read all, and a function's plan may last.
        """
        self.connection.execute(f"TRUNCATE {', '.join(self._filled_by_use)}")
        self.connection.execute("CHECKPOINT")

    def settle(self):
        """What autovacuum and the checkpointer would have done by the time somebody comes back."""
        self.connection.execute(f"VACUUM (ANALYZE) {', '.join(self._filled_by_use)}")
        self.connection.execute("CHECKPOINT")

    def contents(self):
        """Rows and sum of each signal, to compare with another database."""
        return self.connection.execute(
            "SELECT type, count(*), sum(value::numeric) FROM flux.market_data GROUP BY type ORDER BY type"
        ).fetchall()

    def rows(self):
        return self.connection.execute("SELECT count(*) FROM flux.market_data").fetchone()[0]

    def drop(self):
        self.connection.close()
        with psycopg.connect(autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))
