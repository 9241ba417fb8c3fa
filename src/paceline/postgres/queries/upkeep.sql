-- Purpose: what VACUUM and ANALYZE are judged by, table by table: counters, estimates, own options, who may run them.
-- Grants: none. Versions: 13 and newer. relallfrozen (18) is read through the row's JSON, so that older servers, which
-- lack the column, give null; has_table_privilege is strict, so a null privilege (before 17) asks nothing.
select
    c.oid::bigint as oid,
    n.nspname::text as schema,
    c.relname::text as name,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted,
    c.relkind::text as relkind,
    c.reltuples::float8 as rows,
    c.relpages as pages,
    (to_jsonb(c) ->> 'relallfrozen')::int as frozen_pages,
    array(select a.relid::oid::bigint from pg_partition_ancestors(c.oid) a where a.relid <> c.oid) as ancestors,
    (select jsonb_object_agg(o.option_name, o.option_value) from pg_options_to_table(c.reloptions) o) as options,
    coalesce(s.n_mod_since_analyze, 0) as changed_rows,
    coalesce(s.n_dead_tup, 0) as dead_rows,
    coalesce(s.n_ins_since_vacuum, 0) as inserted_rows,
    extract(epoch from greatest(s.last_analyze, s.last_autoanalyze))::float8 as analyzed_at,
    extract(epoch from s.last_autoanalyze)::float8 as autoanalyzed_at,
    pg_has_role(c.relowner, 'usage')
        or pg_has_role((select datdba from pg_database where datname = current_database()), 'usage')
        or coalesce(has_table_privilege(c.oid, %(maintain)s::text), false) as may_vacuum,
    (select min(v.pid) from pg_stat_progress_vacuum v where v.relid = c.oid) as vacuumed_by,
    (select min(v.pid) from pg_stat_progress_analyze v where v.relid = c.oid) as analyzed_by
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_all_tables s on s.relid = c.oid
where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
order by n.nspname, c.relname
