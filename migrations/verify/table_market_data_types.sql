BEGIN;
SELECT id, name, description, unit, created_at FROM flux.market_data_types WHERE false;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 4 FROM flux.market_data_types WHERE (id, name, unit) IN (
    (1, 'niv_estimate', 'MW'), (2, 'wholesale_price', '£/MWh'), (3, 'imbalance_price', '£/MWh'), (4, 'axle_dispatch', 'kW'))),
    'a standard signal is missing or has another name or unit';
  ASSERT has_table_privilege('flux_reader', 'flux.market_data_types', 'SELECT'), 'flux_reader cannot read market_data_types';
END $$;
ROLLBACK;
