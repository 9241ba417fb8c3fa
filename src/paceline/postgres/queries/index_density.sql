-- Purpose: how full the leaf pages of one btree index are, by reading it whole.
-- Grants: pg_stat_scan_tables (in pg_monitor). Versions: all, with the extension pgstattuple; {schema} is where it is.
select avg_leaf_density as density_percent
from {schema}.pgstatindex(%(index)s::oid::regclass)
where avg_leaf_density <> 'NaN'
