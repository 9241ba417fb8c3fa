"""Who may ask: the guard of the whole mount, tokens, one-time codes, cookies, host names.

May live here: deciding whether a request is admitted, and with which role; the secrets that decide it. May not: what
an admitted request is answered.
"""
