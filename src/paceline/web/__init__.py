"""The REST API, the live stream and the pages: what a browser or curl asks, and who may ask it.

Here live the guard of the whole mount, tokens, problem documents, one file per resource in `api/`, and the built pages
in `static/`. Here is no arithmetic: every answer is made by `engine`, this room only carries it. Nothing here runs
inside a request of the host application, and nothing is served that was not asked for with a token or by a host's word.
"""
