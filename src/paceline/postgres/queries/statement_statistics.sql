-- Purpose: whether pg_stat_statements is loaded: only then do its settings have a type.
-- Grants: none. Versions: all. shared_preload_libraries itself is hidden from ordinary roles; these settings are not.
select name from pg_settings where name = 'pg_stat_statements.max'
