-- A row at a time: look up the newest value of its (type, time), and insert the row where there is none or it differs.
CREATE FUNCTION benchmark.load_row_by_row(data flux.market_data_input[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  item flux.market_data_input;
  newest real;
  inserted bigint := 0;
BEGIN
  FOREACH item IN ARRAY data LOOP
    SELECT m.value INTO newest FROM flux.market_data m
    WHERE m.type = item.type AND m."time" = item."time"
    ORDER BY m.created_at DESC LIMIT 1;
    IF newest IS NULL OR abs(newest - item.value) > 1e-6 THEN
      INSERT INTO flux.market_data ("time", type, value) VALUES (item."time", item.type, item.value);
      inserted := inserted + 1;
    END IF;
  END LOOP;
  RETURN inserted;
END $$;
