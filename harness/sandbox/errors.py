"""Everything that can go wrong with a box.

SandboxError            the host's fault: an infrastructure error, never a score
├── EngineUnavailable   no engine answers
├── ImageError          an image cannot be found or built
├── BoxGone             a box or a program in it ended while we talked to it
└── StreamTimeout       a program in a box did not answer in time

Whoever sees `BoxGone` or `StreamTimeout` decides whose doing it was: an agent may kill its own box.
"""

from __future__ import annotations


class SandboxError(Exception):
    """What happened, where, and what to do next, in one paragraph."""


class EngineUnavailable(SandboxError):
    """No engine answers."""


class ImageError(SandboxError):
    """An image cannot be found or built."""


class BoxGone(SandboxError):
    """The box, or the program spoken to, has ended."""


class StreamTimeout(SandboxError):
    """No answer in time."""
