-- Purpose: when autovacuum acts on a table that has no options of its own.
-- Grants: none. Versions: 13 and newer; autovacuum_vacuum_max_threshold (18) has no row before.
select name, setting as value
from pg_settings
where name in (
    'autovacuum', 'autovacuum_analyze_threshold', 'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_threshold',
    'autovacuum_vacuum_scale_factor', 'autovacuum_vacuum_max_threshold', 'autovacuum_vacuum_insert_threshold',
    'autovacuum_vacuum_insert_scale_factor'
)
