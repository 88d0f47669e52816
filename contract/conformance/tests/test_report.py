"""The names of the cases."""

import pytest

from conformance.report import case_name


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("cases/test_create.py::test_answers_201", "answers 201"),
        ("cases/test_create.py::test_name_is_trimmed[U+0085]", "name is trimmed: U+0085"),
        ("cases/test_create.py::test_name[a\\xe9-b]", "name: aé-b"),
        ("cases/test_json.py::test_is_unreadable[\\\\x41]", r"is unreadable: \x41"),
        ("cases/test_list.py::test_limit[x[1]::test_y]", "limit: x[1]::test_y"),
    ],
)
def test_case_name(nodeid: str, name: str) -> None:
    assert case_name(nodeid) == name
