-- Purpose: sequences by how much of their range is used, where the column's own type may end sooner.
-- Grants: SELECT or USAGE on a sequence; without it `readable` is false and its value null. Versions: 13 and newer.
select
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as sequence,
    quote_ident(tn.nspname) || '.' || quote_ident(t.relname) || '.' || quote_ident(a.attname) as column,
    format_type(coalesce(a.atttypid, q.seqtypid), null) as type,
    has_sequence_privilege(c.oid, 'select, usage') as readable,
    case when has_sequence_privilege(c.oid, 'select, usage') then pg_sequence_last_value(c.oid) end as last_value,
    least(q.seqmax, case a.atttypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 end)
        as max_value
from pg_sequence q
join pg_class c on c.oid = q.seqrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
    and d.deptype in ('a', 'i')
left join pg_class t on t.oid = d.refobjid
left join pg_namespace tn on tn.oid = t.relnamespace
left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where q.seqincrement > 0 and not q.seqcycle and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
