"""Maintenance: what ANALYZE, VACUUM and REINDEX would be good for, measured, with the exact statement for each table.

`needs` judges by the table's own triggers, `plan` puts the steps together with their guards. Nothing in here runs a
step. Not here: findings about the same numbers, which are `checks`.
"""
