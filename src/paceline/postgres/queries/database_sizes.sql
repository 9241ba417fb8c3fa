-- Purpose: the size of each database of the server; null where this role may not look.
-- Grants: CONNECT on a database, or pg_read_all_stats (in pg_monitor) for all. Versions: all.
select
    d.datname::text as name,
    d.datname = current_database() as current,
    case
        when has_database_privilege(d.oid, 'connect') or pg_has_role('pg_read_all_stats', 'usage')
        then pg_database_size(d.oid)
    end as size_bytes
from pg_database d
where not d.datistemplate and d.datallowconn
order by current desc, size_bytes desc nulls last, name
