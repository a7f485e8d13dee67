"""Rule: standard library only, nothing to download."""

import re


def imported(text):
    """The import paths of a Go file."""
    for block in re.findall(r'^import\s+(?:\(([^)]*)\)|([^\n]*))', text, re.MULTILINE):
        yield from re.findall(r'"([^"]+)"', "\n".join(block))


def test_imports(subject):
    tree = subject.files()
    assert not re.search(r"^\s*(require|replace)\b", tree["go.mod"], re.MULTILINE)
    sources = {path: text for path, text in tree.items() if path.endswith(".go")}
    found = {(path, name) for path, text in sources.items() for name in imported(text)}
    assert len(found) > 5
    assert not {(path, name) for path, name in found if "." in name.split("/")[0] or name == "C"}
    assert not [path for path in tree if path.startswith("vendor/")]
