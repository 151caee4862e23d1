BEGIN;
INSERT INTO flux.market_data_types (id, name, description, unit) VALUES
(101, 'niv_outturn', 'Net Imbalance Volume as Elexon calculated it, positive when the system was short', 'MW'),
(102, 'imbalance_price_estimate', 'System price forecast for the running settlement period', '£/MWh'),
(103, 'imbalance_price_settled', 'System price of the newest settlement run', '£/MWh'),
(104, 'niv_settled', 'Net Imbalance Volume of the newest settlement run, positive when the system was short', 'MW'),
(105, 'wholesale_volume', 'Volume traded at the market index', 'MWh');
COMMIT;
