"""The report: no function asks for more than one format by name."""

import ast

FORMATS = {"csv", "fixed"}


def asked_for(function):
    """The formats that a function compares something with, in an if or a match."""
    compared = []
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            compared += [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            compared.append(node.value)
    constants = [inner for node in compared for inner in ast.walk(node)]
    return FORMATS & {
        node.value for node in constants if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_one_format_at_most(subject):
    chains, seen = [], 0
    for path, text in subject.files().items():
        if path.startswith("paytrain/") and path.endswith(".py"):
            seen += 1
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.Lambda)) and len(asked_for(node)) > 1:
                    chains.append((path, getattr(node, "name", "lambda"), asked_for(node)))
    assert seen > 5
    assert chains == []
