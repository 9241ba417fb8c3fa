"""Measurement: load from an open model, comparison of two versions, objectives, recorded traffic, proofs.

May live here: everything that produces a number meant as evidence, and the statistics that judge it. May not: anything
that changes a service or a database, and anything that knows the engine, the web API or a host framework.
"""
