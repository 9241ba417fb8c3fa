"""Where windows are kept: the interface, and one implementation per backend.

May live here: the port (`interface`), `opening` (scheme of a URL to implementation), `retention`, one module per
backend (`sqlite`) and the rooms it stands on (`sqlite_rows` on `sqlite_file`). May not: what the numbers mean.
Standard library only; a later backend imports its driver only when its URL is opened.
"""
