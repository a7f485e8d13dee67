"""What happened between an agent and its models, as one ATIF document, made from the gateway's own record.

One module a protocol says what a request holds (`request`), what a reply says (`reply`) and which tools were offered
(`tools`); `build` puts the calls of a session together. Nothing here knows tasks.
"""

from harness.gateway.trajectory.build import build_trajectory

__all__ = ["build_trajectory"]
