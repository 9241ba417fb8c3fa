"""SQL, one statement a file, read by `sql_files`.

Each header says purpose, grants needed and versions. Every name outside pg_catalog is qualified; what differs between
versions is found by column or extension, never by the server's number. No statement writes or waits for a lock longer
than the session allows.
"""
