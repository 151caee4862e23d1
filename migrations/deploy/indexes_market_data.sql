BEGIN;
CREATE INDEX market_data_time_idx ON flux.market_data ("time" DESC);
CREATE INDEX market_data_type_time_idx ON flux.market_data (type, "time" DESC);
COMMENT ON INDEX flux.market_data_time_idx IS 'All signals of a range of time.';
COMMENT ON INDEX flux.market_data_type_time_idx IS 'One signal''s newest values first: the loader and nearly every reader go by it.';
COMMIT;
