"""What every Python process of a watched command runs first: this folder stands in its PYTHONPATH.

The files in here are run by any Python that the command may start, also by one that has no paceline: they import
nothing but `sys` and `os`, which every interpreter has loaded by then, and write nothing.
"""
