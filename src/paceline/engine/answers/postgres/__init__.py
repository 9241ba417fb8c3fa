"""What is told of the database itself: sizes, connections, checks, plans of maintenance, proposals.

May live here: values, and the arithmetic from what `postgres` read to what users are told. May not: sessions, SQL.
"""
