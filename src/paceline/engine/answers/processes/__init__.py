"""Answers about the processes that serve: their memory and its growth, CPU and system, and who they are.

May live here: what is told of one worker and of all together. May not: what the answers on requests have, as a route.
"""
