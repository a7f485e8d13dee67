"""Rule: nothing to install: the program imports itself and what node brings."""

import json
import posixpath
import re

IMPORT = re.compile(
    r"""^(?:import\s*|(?:import|export)\b[\w\s{},*$]*?\bfrom\s*)["']([^"'\n]+)["']"""
    r"""|\b(?:import|require)\s*\(\s*["'`]([^"'`\n]+)["'`]""",
    re.MULTILINE,
)


def test_imports(subject):
    tree = subject.files()
    sources = {path: text for path, text in tree.items() if path.startswith(("src/", "bin/")) and path.endswith(("js", "ts"))}
    assert len(sources) > 5
    foreign = []
    for path, text in sources.items():
        for name in filter(None, (name for match in IMPORT.findall(text) for name in match)):
            near = name.startswith(".") and posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) in tree
            if not near and not name.startswith("node:"):
                foreign.append((path, name))
    assert foreign == []


def test_dependencies(subject):
    listed = json.loads(subject.files()["package.json"])
    assert not [name for name in listed if name.lower().endswith("dependencies") and listed[name]]
