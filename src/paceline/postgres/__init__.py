"""Questions to the database: what PostgreSQL knows about itself, and a PostgreSQL of our own to ask.

Here live sessions, catalogue queries, checks, plans, the index advisor and guarded maintenance. They return
values (rows, plans, findings, fixes) and decide nothing about ranking or running.

Not here: probes inside the application's own statements (`observe.sql`), remedies outside the database
(`accelerate`), anything that runs during a request. The application's connection pool is never used, and
every session but a fix's own is read-only.
"""
