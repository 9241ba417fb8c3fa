"""Where windows are kept: the interface, and one implementation per backend.

May live here: the port (`interface`), `opening` (scheme of a URL to implementation), the SQLite files. May not: what
the numbers mean. Standard library only; a later backend imports its driver only when its URL is opened.
"""
