"""The file of the SQLite store and the ways to it: tables, connections, transactions, a fresh file for a broken one.

May live here: what opens, makes, guards and names the file. May not: what stands in its rows (`sqlite_rows`).
"""
