"""The programs that run inside boxes. Standard library only (the oracle also has pytest).

`subject.py` runs the work under test, `oracle.py` the hidden tests, `channel.py` carries an agent's questions,
`reaper.py` ends an agent's processes,
`ask_reporter.py` is the one thing of ours an agent can see. They are sent over the stream that starts them.
"""
