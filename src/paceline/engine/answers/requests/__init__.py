"""Answers about the work that users wait for: endpoints, outcomes, statements, single slow ones, traces.

May live here: what is told of routes, statements and single requests. May not: levels of a process.
"""
