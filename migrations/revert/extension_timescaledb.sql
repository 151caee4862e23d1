-- Nothing: whoever else uses this database may use the extension, which may have been here before us.
SELECT WHERE false;
