"""The merging of a text's variants: every one comes out again, under conditions that a person would have written."""

import itertools
from collections.abc import Sequence

import pytest

from tools import merging

Answers = merging.Namespace

LOGINS = ({"auth": "none", "__uses_redis": ""}, {"auth": "jwt", "__uses_redis": ""}, {"auth": "jwt", "__uses_redis": "yes"})
DATABASES = ("sqlite", "postgresql", "mysql", "memory")
EVERY: list[Answers] = [{"database": database, **login} for database, login in itertools.product(DATABASES, LOGINS)]
TWO: list[Answers] = [{"auth": "none"}, {"auth": "jwt"}]


def holding(answers: Sequence[Answers], **wanted: str | tuple[str, ...]) -> frozenset[int]:
    """Return the numbers of the combinations that have these answers."""
    return frozenset(
        number
        for number, answer in enumerate(answers)
        if all(answer[name] in ((value,) if isinstance(value, str) else value) for name, value in wanted.items())
    )


def merged(*texts: str) -> str:
    """Merge the texts of a project without logins and of one with them."""
    return merging.merge(list(zip(TWO, texts, strict=True)))


def lock(answers: Answers) -> str:
    """Return a text such as a lock file: blocks that come and go with the answers, alike lines in all of them."""
    blocks = ["web"]
    blocks += {"sqlite": ["sqlite"], "postgresql": ["pg", "pool"], "mysql": ["mysql"], "memory": []}[str(answers["database"])]
    blocks += ["argon", "jwt"] if answers["auth"] == "jwt" else []
    blocks += ["redis"] if answers["__uses_redis"] else []
    blocks += ["cryptography"] if answers["auth"] == "jwt" or answers["database"] == "mysql" else []
    return "".join(f'[[package]]\nname = "{name}"\n\n' for name in sorted(blocks)) + f"packages = {len(blocks)}\n"


def test_every_variant_comes_out_again() -> None:
    template = merging.merge([(answers, lock(answers)) for answers in EVERY])
    assert [merging.render(template, answers) for answers in EVERY] == [lock(answers) for answers in EVERY]


@pytest.mark.parametrize(
    "texts",
    [
        ("", ""),
        ("", "a\n"),
        ("a\n", ""),
        ("a\nb\nc\n", "a\nx\nc\n"),
        ("a\n\n\nb\n", "a\n\nb\n"),
        ("b\na\n", "a\nb\n"),
        ("  a\n\tb\n", "a\n  b\n"),
        ("a\n", "a\nb"),
        ("a } } %}\n", "# a\n"),
    ],
)
def test_any_two_texts_come_out_again(texts: tuple[str, str]) -> None:
    template = merged(*texts)
    assert tuple(merging.render(template, answers) for answers in TWO) == texts


def test_one_text_for_all_has_no_condition() -> None:
    assert merged("a\nb\n", "a\nb\n") == "a\nb\n"


def test_opposite_lines_share_one_condition() -> None:
    expected = "a\n{% if cookiecutter.auth == 'none' %}\nb\n{% else %}\nc\n{% endif %}\nd\n"
    assert merged("a\nb\nd\n", "a\nc\nd\n") == expected


def test_the_slug_stays_a_variable() -> None:
    text = f"name = {merging.SLUG_VARIABLE}\n"
    assert merged(text, text) == text
    assert merging.render(text, TWO[0]) == text


@pytest.mark.parametrize("text", ["{{ a }}\n", "{% if a %}\n", "{# a #}\n", "{{ cookiecutter.project_slug }} {{ b }}\n"])
def test_a_text_with_delimiters_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="delimiters"):
        merged("a\n", text)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (holding(EVERY, database="sqlite"), "cookiecutter.database == 'sqlite'"),
        (holding(EVERY, database=DATABASES[:3]), "cookiecutter.database != 'memory'"),
        (holding(EVERY, database=("postgresql", "mysql")), "cookiecutter.database in ('postgresql', 'mysql')"),
        (holding(EVERY, auth="jwt"), "cookiecutter.auth == 'jwt'"),
        (holding(EVERY, __uses_redis="yes"), "cookiecutter.__uses_redis"),
        (holding(EVERY, __uses_redis=""), "not cookiecutter.__uses_redis"),
        (holding(EVERY, auth="jwt", __uses_redis=""), "cookiecutter.auth == 'jwt' and not cookiecutter.__uses_redis"),
        (
            holding(EVERY, database="mysql") | holding(EVERY, auth="jwt"),
            "cookiecutter.auth == 'jwt' or cookiecutter.database == 'mysql'",
        ),
        (holding(EVERY, database="mysql", __uses_redis="yes"), "cookiecutter.__uses_redis and cookiecutter.database == 'mysql'"),
    ],
)
def test_the_condition_is_the_shortest(wanted: frozenset[int], expected: str) -> None:
    assert set(merging.condition(wanted, EVERY).split()) == set(expected.split())
    assert len(merging.condition(wanted, EVERY)) == len(expected)


def test_a_condition_without_a_short_form_lists_the_combinations() -> None:
    wanted = holding(EVERY, database="sqlite", auth="none") | holding(EVERY, database="mysql", __uses_redis="yes")
    condition = merging.condition(wanted, EVERY)
    assert condition.count("(") == len(wanted)
    rendered = [merging.render(f"{{% if {condition} %}}yes{{% endif %}}", answers) for answers in EVERY]
    assert rendered == ["yes" if number in wanted else "" for number in range(len(EVERY))]
