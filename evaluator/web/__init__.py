"""Reports live: the pages of `report.site`, made when they are asked for, and following runs that are in progress.

`follow.py` knows what run folders hold at the moment, `app.py` is the web application over it. Nothing is written.
"""
