-- Purpose: indexes that are the same in everything but their name, with the one of each group that is to be kept.
-- Grants: none. Versions: 13 and newer; indnullsnotdistinct (15) is read through the row's JSON, and is false before.
-- Kept is first what a constraint, a replica identity or a parent index needs, then what is unique, then what is used
-- more. What is needed is never listed; a unique index is listed only beside another unique one.
with described as (
    select
        i.indexrelid as oid,
        quote_ident(n.nspname) || '.' || quote_ident(c.relname) as index,
        quote_ident(tn.nspname) || '.' || quote_ident(t.relname) as table,
        i.indisunique as unique,
        i.indisprimary or i.indisreplident or i.indisclustered or c.relispartition
            or exists (select from pg_constraint k where k.conindid = c.oid) as needed,
        coalesce(s.idx_scan, 0) as scans,
        array[
            i.indrelid::text, c.relam::text, i.indkey::text, i.indclass::text, i.indcollation::text,
            i.indoption::text, i.indnkeyatts::text, to_jsonb(i) ->> 'indnullsnotdistinct',
            pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
        ] as description
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_class t on t.oid = i.indrelid
    join pg_namespace tn on tn.oid = t.relnamespace
    left join pg_stat_all_indexes s on s.indexrelid = c.oid
    where c.relkind = 'i' and i.indisvalid and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
),
placed as (
    select
        d.*,
        first_value(d.index) over w as kept,
        first_value(d.unique) over w as kept_unique,
        row_number() over w as place
    from described d
    window w as (partition by d.description order by d.needed desc, d.unique desc, d.scans desc, d.index)
)
select p.index, p.table, p.kept, p.scans, pg_relation_size(p.oid) as size_bytes
from placed p
where p.place > 1 and not p.needed and (p.kept_unique or not p.unique)
order by size_bytes desc, p.index
limit 100
