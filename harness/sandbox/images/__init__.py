"""Images for boxes: built when first needed, named after everything that goes into them.

An image is a *base* (an interpreter, git and a few tools) and one small layer of ours (wheels, the agent's user,
ask-reporter). Two routes lead to a base, tried in this order unless one was taken before:

    registry   `python:3.11-slim-bookworm` and Debian's packages, where a registry answers
    debian     the same Debian release put together on the host by mmdebstrap, and imported

Wheels are fetched on the host, where pip knows about proxies, mirrors and extra certificates, and installed in a
container that has no network. Both steps are cached: the base is shared by every image of a language.
"""

from harness.sandbox.errors import ImageError
from harness.sandbox.images.base import LANGUAGES
from harness.sandbox.images.ensure import ImageSpec, ensure_image

__all__ = ["LANGUAGES", "ImageError", "ImageSpec", "ensure_image"]
