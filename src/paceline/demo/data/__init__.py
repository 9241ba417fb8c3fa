"""The shop's rows: how many, how skewed, which words, and the statements that make them.

Everything here is a function of scale and seed; nothing here may know a route or a mistake.
"""
