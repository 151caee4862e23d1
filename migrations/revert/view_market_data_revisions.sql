BEGIN;
DROP VIEW flux.market_data_revisions;
COMMIT;
