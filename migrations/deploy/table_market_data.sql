BEGIN;
CREATE TABLE flux.market_data (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    "time" timestamp with time zone NOT NULL,
    type integer NOT NULL,
    value real NOT NULL,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now()
);
COMMENT ON TABLE flux.market_data IS 'Every value of every signal with the time it was learnt: a row is a revision, written by flux.insert_market_data_batch, never updated or deleted.';
COMMENT ON COLUMN flux.market_data.id IS 'A name of the row: random, or, in large batches, of version 7, which begins with the time it was stored.';
COMMENT ON COLUMN flux.market_data."time" IS 'What the value is of: the start of the settlement period, or the instant.';
COMMENT ON COLUMN flux.market_data.type IS 'The signal: flux.market_data_types.id.';
COMMENT ON COLUMN flux.market_data.value IS 'The value, in the unit of its signal.';
COMMENT ON COLUMN flux.market_data.metadata IS 'What the feed declares beside the value; NULL where it declares nothing.';
COMMENT ON COLUMN flux.market_data.created_at IS 'When the value was first observed. Rows that others wrote without it count as the oldest.';
DO $$ BEGIN
  -- A year a chunk: market data is small and long-lived, and every chunk costs planning time. The printed indexes
  -- have the names that TimescaleDB would give its own.
  IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb')
     AND coalesce(pg_catalog.current_setting('flux.timescaledb', true), '') NOT IN ('off', 'false', 'no', '0') THEN
    PERFORM create_hypertable('flux.market_data', 'time',
      chunk_time_interval => coalesce(nullif(pg_catalog.current_setting('flux.market_data_chunk', true), ''), '365 days')::interval,
      create_default_indexes => false);
  END IF;
END $$;
GRANT SELECT, INSERT ON flux.market_data TO flux_collector;
GRANT SELECT ON flux.market_data TO flux_reader;
COMMIT;
