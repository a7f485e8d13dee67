"""From a spec to a tag: look, or build the layer of ours on a base."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from harness.sandbox.errors import ImageError
from harness.sandbox.images.base import LANGUAGES, ROUTES, base_name, ensure_base
from harness.sandbox.images.wheels import ensure_wheels
from harness.sandbox.images.workshop import Say, cache, commit, first_present, image_name, lock, machine_of

_ASK_REPORTER = Path(__file__).parents[2] / "inside" / "ask_reporter.py"


@dataclass(frozen=True)
class ImageSpec:
    """What a box needs to have installed.

    `requirements` are lines of a pip requirements file, comments and all, for the box's own python3. Names, extras,
    versions and markers only: an option or an address in a task would be read by pip on the host.
    """

    language: str = "python"
    requirements: tuple[str, ...] = ()


def ensure_image(engine: docker.APIClient, spec: ImageSpec, say: Say) -> str:
    """Return the tag of an image for `spec`, building it first if the engine lacks it.

    An image that exists costs one call to the engine and no network. Threads and processes that want the same image
    wait for the first of them. `say` gets a line whenever something slow begins.

    Raises ImageError when it cannot be built, or the engine stops answering.
    """
    language = LANGUAGES.get(spec.language)
    if language is None:
        raise ImageError(f"No image is known for language {spec.language!r}; one of: {', '.join(sorted(LANGUAGES))}.")
    requirements = requirement_lines(spec.requirements, spec.language)
    ask_reporter = _ASK_REPORTER.read_bytes()
    setup = f"{language.setup}\n{_SETUP}" if language.setup else _SETUP
    changes = (*(f"ENV {name}={value}" for name, value in language.env), *_CHANGES)
    tags = {
        route: image_name(spec.language, base_name(route, language), requirements, ask_reporter, setup, changes)
        for route in ROUTES
    }
    try:
        if tag := first_present(engine, tags.values()):
            return tag
        with lock(tags["registry"], say):
            if tag := first_present(engine, tags.values()):
                return tag
            started = time.monotonic()
            base_route, base = ensure_base(engine, language, say)
            tag = tags[base_route]
            files: dict[str, bytes | Path] = {"usr/local/bin/ask-reporter": ask_reporter}
            if requirements:
                wheels = ensure_wheels(language.python, machine_of(engine), requirements, say)
                files |= {f"wheels/{path.name}": path for path in sorted(wheels.iterdir())}
            commit(engine, base, tag, setup, files=files, changes=changes)
            say(f"image {tag} built in {time.monotonic() - started:.0f} s")
            return tag
    except (DockerException, requests.RequestException) as error:
        raise ImageError(
            f"The Docker engine failed while it made an image for {spec.language}: {error}. "
            "Check that it runs (`docker version`) and that its disk is not full (`docker system df`)."
        ) from error
    except OSError as error:
        raise ImageError(
            f"Could not write while making an image for {spec.language}: {error}. The cache is {cache()}; "
            "XDG_CACHE_HOME and TMPDIR choose other folders."
        ) from error


# The layer of ours. The uid may be taken (node's images have a user `node` with it), so its line is replaced.
_SETUP = """
if [ -d /wheels ]; then
    extra=$(python3 -m pip install --help | grep -q break-system-packages && echo --break-system-packages || true)
    python3 -m pip install $extra --no-index --no-cache-dir --disable-pip-version-check --no-warn-script-location \
        --root-user-action=ignore --quiet --find-links /wheels -r /wheels/requirements.txt
    rm -rf /wheels
fi
sed -i '/^[^:]*:[^:]*:1000:/d' /etc/passwd /etc/group
echo 'agent:x:1000:1000::/home/agent:/bin/bash' >> /etc/passwd
echo 'agent:x:1000:' >> /etc/group
mkdir -p /home/agent /workspace
chown 1000:1000 /home/agent /workspace
git config --system safe.directory '*'
rm -rf /root/.cache /tmp/*
"""
_CHANGES = (
    "ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LANG=C.UTF-8",
    "LABEL relaybench=image",
    "USER 1000:1000",
    "WORKDIR /workspace",
    "ENTRYPOINT []",
    'CMD ["/bin/bash"]',
)


def requirement_lines(lines: Iterable[str], language: str) -> tuple[str, ...]:
    """Strip comments and blank lines, sort, and refuse what is not a name with a version."""
    kept = sorted({line.partition("#")[0].strip() for line in lines} - {""})
    if kept and language != "python":
        raise ImageError(f"Boxes for {language} have no packages, and {kept[0]!r} was asked for: wheels are Python's.")
    for line in kept:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*\s*(\[[\w\s,.-]*\])?\s*([<>=!~][^;@/\\-]*)?(;[^/\\]*)?", line):
            raise ImageError(
                f"The requirement {line!r} cannot go into an image: only a name, extras, a version and a marker can, "
                "such as `flask==3.1.0`. Options, paths and addresses are refused."
            )
    return tuple(kept)
