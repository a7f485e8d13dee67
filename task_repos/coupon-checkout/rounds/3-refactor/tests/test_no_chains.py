"""The report: no function asks for more than one coupon kind by name."""

import ast

KINDS = {"percent", "amount", "shipping"}


def asked_for(function):
    """The kinds that a function compares something with, in an if or a match."""
    compared = []
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            compared += [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            compared.append(node.value)
    constants = [inner for node in compared for inner in ast.walk(node)]
    return KINDS & {node.value for node in constants if isinstance(node, ast.Constant)
                    and isinstance(node.value, str)}


def test_one_kind_at_most(subject):
    chains = []
    for path, text in subject.files().items():
        if path.startswith("shop/") and path.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.Lambda)) and len(asked_for(node)) > 1:
                    chains.append((path, getattr(node, "name", "lambda"), asked_for(node)))
    assert chains == []
