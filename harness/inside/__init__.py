"""The programs that run inside boxes. Standard library only (the oracle also has pytest), Python but for `call_node`.

`subject.py` runs the work under test, `oracle.py` the hidden tests, `channel.py` carries an agent's questions,
`reaper.py` ends an agent's processes,
`relay.py` carries model calls to the gateway's socket, `forward.py` to the orchestrator where a box does not see it,
`ask_reporter.py` is the one thing of ours an agent can see. They are sent over the stream that starts them.
"""

from pathlib import Path


def program(name: str, suffix: str = "py") -> Path:
    """The source of one of them. Never imported here: the oracle needs what only its box has."""
    return Path(__file__).with_name(f"{name}.{suffix}")
