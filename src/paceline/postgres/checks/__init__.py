"""Checks: what is wrong with the database, or soon will be. One subject a file, one rule a function.

A rule turns rows of a query into findings and does nothing else; `running` asks the queries and says ok, finding or
skipped. A rule that cannot see everything it judges by is skipped with the reason and the way to enable it, never ok.
Every threshold has its source beside it.
"""
