-- Nothing: the cluster's other databases use the roles too. What they may do here goes with the objects.
SELECT WHERE false;
