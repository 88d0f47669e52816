{# Made from templates/shared/python/tests/core/test_layers.py by `make sync`: edit that. #}
"""The core knows nothing of the features that stand on it."""

import ast
from pathlib import Path

import {{ cookiecutter.__package }}

PACKAGE = Path({{ cookiecutter.__package }}.__path__[0])
FEATURES = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()} - {{ '{"core"}' if cookiecutter.database == 'memory' else '{"core", "migrations"}' }}


def imports(path: Path) -> set[str]:
    """Return the parts of the package that a module of a folder imports by relative names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            found |= {node.module.partition(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def test_core_imports_no_feature() -> None:
    modules = list((PACKAGE / "core").glob("*.py"))

    assert "users" in FEATURES
    for module in modules:
        assert not imports(module) & FEATURES, module.name
