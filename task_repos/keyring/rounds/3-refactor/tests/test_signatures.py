"""The report: at most five functions take a tenant, by name or by type; constructors don't count."""

import ast

AT_MOST = 5
CONSTRUCTORS = {"__init__", "__new__", "__post_init__"}


def takes_a_tenant(function):
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return any(
        "tenant" in arg.arg.lower() or (arg.annotation and "TenantId" in ast.unparse(arg.annotation))
        for arg in every
    )


def test_five_at_most(subject):
    takers = []
    for path, text in subject.files().items():
        if path.startswith("keyd/") and path.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                name = getattr(node, "name", "lambda")
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                    if name not in CONSTRUCTORS and takes_a_tenant(node):
                        takers.append(f"{path}:{name}")
    assert len(takers) <= AT_MOST, takers
