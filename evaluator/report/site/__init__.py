"""Runs as HTML pages: written to a folder that opens from disk and from any web server, or served live by `web/`.

A page is a function from what a run folder holds to text; the same one serves both. `write.py` writes them all,
`addresses.py` says where each lies, `templates/` what each looks like, `trial/` has the pages of one trial.

Everything a page shows may have been chosen by a hostile agent: templates escape all of it, `page.py` makes control
and bidirectional characters visible, and no page runs a script or loads a file that is not ours.
"""
