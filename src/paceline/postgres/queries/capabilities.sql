-- Purpose: what this role may do on this server, and what the server is.
-- Grants: none. Versions: 13 and newer; pg_maintain (17) is found by its row, not by the server's number.
select
    current_setting('server_version') as version,
    current_setting('server_version_num')::int as version_number,
    current_database()::text as database,
    current_user::text as role,
    r.rolsuper as superuser,
    pg_is_in_recovery() as in_recovery,
    pg_has_role('pg_monitor', 'usage') as monitor,
    pg_has_role('pg_read_all_stats', 'usage') as reads_all_stats,
    pg_has_role('pg_read_all_settings', 'usage') as reads_all_settings,
    pg_has_role('pg_stat_scan_tables', 'usage') as scans_tables,
    exists (select from pg_roles where rolname = 'pg_maintain') as knows_maintain,
    (
        select count(*)::int
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm')
            and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
            and pg_has_role(c.relowner, 'usage')
    ) as owned_tables
from pg_roles r
where r.rolname = current_user
