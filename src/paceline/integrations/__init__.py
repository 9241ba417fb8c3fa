"""Host products: how paceline gets around an application, one file per product with the same verb, `install`.

May live here: knowledge of one framework's or one exporter's own API. May not: measuring, judging, storing.
"""
