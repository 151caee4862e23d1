BEGIN;
DO $$ BEGIN
  ASSERT (SELECT count(*) = 5 FROM flux.market_data_types WHERE (id, name, unit) IN (
    (101, 'niv_outturn', 'MW'), (102, 'imbalance_price_estimate', '£/MWh'), (103, 'imbalance_price_settled', '£/MWh'),
    (104, 'niv_settled', 'MW'), (105, 'wholesale_volume', 'MWh'))),
    'a signal from 101 to 105 is missing or has another name or unit';
END $$;
ROLLBACK;
