"""Runs every example of a page: its blocks of sh, sql and python, in the order of the page.

usage: examples.py PAGE PROGRAM [--empty]     FLUX_DATABASE_URL names a database that is deployed; with --empty it stays as
it is, else market data in it are replaced by a sample.

sql runs as flux_reader and must give rows; python runs in one namespace, with all warnings as errors; sh runs in the
same folder as python, with PROGRAM as `flux-market`. A page that speaks of http://127.0.0.1:8080 is read as if it spoke of
a server of PROGRAM's.
"""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import warnings

import psycopg

# A month of half hours about the clock change of 31 March 2024. The wholesale price is known a day ahead and corrected
# ten minutes ahead; system prices are known half an hour after their half hour, revised a day later, and best view last.
SAMPLE = """
TRUNCATE flux.market_data, flux.mg_bess_readings, flux.mg_meter_readings;
SET flux.source = 'examples';
DO $$
DECLARE day timestamptz; revised int;
BEGIN
  FOR day IN SELECT generate_series('2024-03-01Z'::timestamptz, '2024-04-01Z', interval '1 day') LOOP
    FOR revised IN 0..1 LOOP
      PERFORM flux.insert_market_data_batch(ARRAY(
        SELECT (t, 2, 60 + 40 * sin(extract(epoch FROM t) / 13000) + revised)::flux.market_data_input
        FROM generate_series(day, day + interval '23.5 hours', interval '30 minutes') t),
        day - (interval '12 hours') * (1 - revised) - interval '10 minutes');
      PERFORM flux.insert_market_data_batch(ARRAY(
        SELECT (t, s, 65 + 70 * sin(extract(epoch FROM t) / 13000) - s / 10 + 2 * revised)::flux.market_data_input
        FROM generate_series(day, day + interval '23.5 hours', interval '30 minutes') t, unnest(ARRAY[3, 101]) s),
        day + interval '1 day' * (1 + revised));
    END LOOP;
    PERFORM flux.insert_market_data_batch(ARRAY(
      SELECT (t, 103, 67 + 70 * sin(extract(epoch FROM t) / 13000) + CASE WHEN random() < 0.03 THEN 5 ELSE 0 END)
        ::flux.market_data_input
      FROM generate_series(day, day + interval '23.5 hours', interval '30 minutes') t), day + interval '7 days');
  END LOOP;
END $$;
INSERT INTO flux.mg_bess_readings (time, device_id, soe, target_power)
SELECT t, '123e4567-e89b-12d3-a456-426614174000', 50, 10
FROM generate_series('2024-03-30Z'::timestamptz, '2024-03-30 01:00Z', interval '1 minute') t;
INSERT INTO flux.mg_meter_readings (time, device_id, energy_imported_active)
SELECT t, '123e4567-e89b-12d3-a456-426614174000', extract(epoch FROM t - '2024-01-01Z') / 3600
FROM generate_series('2024-01-01Z'::timestamptz, '2024-01-02 01:00Z', interval '1 minute') t;
"""
# A transaction of its own, as TimescaleDB wants it.
ROLL_UP = "CALL flux.refresh_rollups('2024-01-01Z', '2024-01-03Z')"


DOCUMENTED = "http://127.0.0.1:8080"


def blocks(text):
    """(line number, language, text) of each fenced block."""
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 1, found[1], found[2]


def run_sql(text):
    with psycopg.connect(os.environ["FLUX_DATABASE_URL"]) as database:
        database.execute("SET ROLE flux_reader")
        cursor = database.execute(text)
        while True:
            if not cursor.rowcount:
                raise ValueError("no rows")
            if not cursor.nextset():
                return


@contextlib.contextmanager
def served(page, program):
    """The page's text, with the address of a server that runs meanwhile."""
    text = pathlib.Path(page).read_text()
    if DOCUMENTED not in text:
        yield text
        return
    server = subprocess.Popen([program, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        for line in server.stderr:
            if address := re.search(r"API are on (http://[^ \"]+)/", line):
                threading.Thread(target=server.stderr.read, daemon=True).start()
                yield text.replace(DOCUMENTED, address[1])
                return
        sys.exit(f"{program} serve ended with {server.wait()}")
    finally:
        server.terminate()
        server.wait(60)


def main(page, program, *options):
    page, program = os.path.abspath(page), os.path.abspath(program)
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)      # an example's connection is open until the end
    if "--empty" not in options:
        with psycopg.connect(os.environ["FLUX_DATABASE_URL"], autocommit=True) as database:
            database.execute(SAMPLE)
            database.execute(ROLL_UP)
    namespace = {}
    ran = {}
    with tempfile.TemporaryDirectory() as folder, served(page, program) as text_of_page:
        os.symlink(program, f"{folder}/flux-market")
        os.chdir(folder)
        for line, language, text in blocks(text_of_page):
            try:
                if language == "sh":
                    path = f"{folder}:{os.environ['PATH']}"
                    subprocess.run(["bash", "-euo", "pipefail", "-c", text], check=True, stdout=subprocess.DEVNULL,
                                   env={**os.environ, "PATH": path})
                elif language == "sql":
                    run_sql(text)
                elif language == "python":
                    exec(compile("\n" * line + text, page, "exec"), namespace)
                else:
                    raise ValueError(f"nobody runs {language}")
            except Exception as error:
                sys.exit(f"{page}:{line}: {type(error).__name__}: {error}")
            ran[language] = ran.get(language, 0) + 1
    if not {"sh", "python"} <= ran.keys():
        sys.exit(f"{page}: of each language there must be an example, and there are {ran}")
    print(f"{os.path.basename(page)}: " + ", ".join(f"{count} of {language}" for language, count in ran.items()))


main(*sys.argv[1:])
