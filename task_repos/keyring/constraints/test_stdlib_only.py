"""Rule: nothing to install, the program imports the standard library and itself only."""

import ast
import sys


def test_imports(subject):
    tree = subject.files()
    ours = {path.split("/")[0].removesuffix(".py") for path in tree if path.endswith(".py")}
    foreign = set()
    sources = {
        path: text for path, text in tree.items()
        if path.endswith(".py") and not path.startswith("tests/")
    }
    assert any(path.startswith("keyd/") for path in sources)
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                if name.split(".")[0] not in sys.stdlib_module_names | ours:
                    foreign.add((path, name))
    assert not foreign
