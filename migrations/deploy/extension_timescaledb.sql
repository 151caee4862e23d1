-- A server that has the files of TimescaleDB but has not preloaded it ends the connection at CREATE EXTENSION, so the
-- library itself is asked: it alone defines this setting, and everybody may see that. flux.timescaledb = off says no:
-- PGOPTIONS='-c flux.timescaledb=off'.
SET client_min_messages = 'warning';
SELECT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'timescaledb.disable_load')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb')
   AND EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'timescaledb')
   AND coalesce(pg_catalog.current_setting('flux.timescaledb', true), '') NOT IN ('off', 'false', 'no', '0')
  AS add_timescaledb \gset
BEGIN;
\if :add_timescaledb
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'TimescaleDB is on this server, but % may not create extensions: flux uses ordinary tables', current_user
    USING HINT = 'Let a superuser run CREATE EXTENSION timescaledb, then revert and deploy again.';
END $$;
\endif
COMMIT;
