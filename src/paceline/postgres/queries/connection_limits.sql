-- Purpose: how many connections the server lets in, and how many of them it keeps back.
-- Grants: none. Versions: all; reserved_connections came with 16 and is null before.
select
    current_setting('max_connections')::int as max_connections,
    current_setting('superuser_reserved_connections')::int as superuser_reserved_connections,
    current_setting('reserved_connections', true)::int as reserved_connections
