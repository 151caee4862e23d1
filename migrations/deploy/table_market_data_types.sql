BEGIN;
CREATE TABLE flux.market_data_types (
    id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text,
    unit text,
    created_at timestamp with time zone DEFAULT now()
);
COMMENT ON TABLE flux.market_data_types IS 'The signals. 1 to 4 are standard, 101 to 105 come with the feeds, a user''s own begin at 1001.';
COMMENT ON COLUMN flux.market_data_types.id IS 'What market_data.type says.';
COMMENT ON COLUMN flux.market_data_types.name IS 'The name that commands and feeds use: niv_estimate.';
COMMENT ON COLUMN flux.market_data_types.description IS 'What the signal is, for people.';
COMMENT ON COLUMN flux.market_data_types.unit IS 'The unit of the values: MW, MWh, £/MWh, kW.';
COMMENT ON COLUMN flux.market_data_types.created_at IS 'When the signal was registered.';
INSERT INTO flux.market_data_types (id, name, description, unit) VALUES
(1, 'niv_estimate', 'Net Imbalance Volume Estimate', 'MW'),
(2, 'wholesale_price', 'Wholesale Electricity Price', '£/MWh'),
(3, 'imbalance_price', 'System Imbalance Price', '£/MWh'),
(4, 'axle_dispatch', 'Axle Platform Dispatch Signal', 'kW');
GRANT SELECT, INSERT ON flux.market_data_types TO flux_collector;
GRANT SELECT ON flux.market_data_types TO flux_reader;
COMMIT;
