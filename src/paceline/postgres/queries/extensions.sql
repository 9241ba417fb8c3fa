-- Purpose: which extensions this database has, and where; statements qualify their functions by this schema.
-- Grants: none. Versions: all.
select e.extname::text as name, e.extversion as version, quote_ident(n.nspname) as schema
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
order by e.extname
