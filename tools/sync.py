"""Write every file of the repository that is made from another one (`make sync`).

Sources: copier.yml, hooks/, contract/, templates/shared/ and templates/templates.toml. `--check` writes nothing, names each file
that differs together with the source to edit, and exits 1 where there is one.
"""

import argparse
import json
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from tools import PROJECT, ROOT, questions, templates
from tools.questions import Question, is_computed

# The question whose answer is Cookiecutter's choice of a directory.
COPIER_ONLY = "template"
# Lists what is made below a template, for the next run to see what has lost its source, and for GitHub to fold in a diff.
LISTING = ".gitattributes"
MARK = "{# Made from "
NAMESPACE_HEAD = f"""\
# Made by `make sync` from the questions above. The templates read this namespace alone, as they do under Cookiecutter.
# Not tojson: it writes characters beyond the basic plane as surrogate pairs, which YAML does not put together again.
{questions.NAMESPACE}:
  type: yaml
  when: false
  default: |
    {{% macro quote(text) %}}"{{{{ text | replace("\\\\", "\\\\\\\\") | replace('"', '\\\\"') }}}}"{{% endmacro %}}
"""


class Made:
    """The content and mode that a file has to have, and the source that it is made from, where there is one to edit."""

    def __init__(self, content: str, source: Path | None, mode: int = 0o644) -> None:
        self.content = content.encode()
        self.source = source.relative_to(ROOT).as_posix() if source else ""
        self.mode = mode

    def is_at(self, path: Path) -> bool:
        return (
            path.is_file()
            and not path.is_symlink()
            and path.read_bytes() == self.content
            and bool(path.stat().st_mode & stat.S_IXUSR) == bool(self.mode & stat.S_IXUSR)
        )


def marked(text: str, source: Path) -> str:
    """Return the text of a template below a line that both engines drop, which tells a reader where to edit it."""
    return f"{MARK}{source.relative_to(ROOT).as_posix()} by `make sync`: edit that. #}}\n{text}"


def to_namespace(source: str, asked: Mapping[str, Question]) -> str:
    """Rewrite a Jinja text that reads Copier's answers so that it reads Cookiecutter's namespace."""
    rewritten = []
    after_dot = False
    for _, kind, value in Environment(keep_trailing_newline=True).lex(source):  # noqa: S701 - read, never rendered
        if kind == "name" and not after_dot and value in asked:
            hidden = value == COPIER_ONLY or is_computed(asked[value])
            value = f"{questions.NAMESPACE}.__{value}" if hidden else f"{questions.NAMESPACE}.{value}"
        after_dot = kind == "operator" and value == "."
        rewritten.append(value)
    return "".join(rewritten)


def copier_yml(text: str, asked: Mapping[str, Question]) -> str:
    """Return copier.yml with the namespace made anew behind the questions."""
    hidden = {name for name, spec in asked.items() if is_computed(spec)} | {COPIER_ONLY}
    shown = [name for name in asked if name not in hidden]
    # What is computed for the validators alone is a list, and no template reads it.
    texts = [name for name in sorted(hidden, key=list(asked).index) if asked[name]["type"] == "str"]
    lines = [
        f"    {'__' if name in hidden else ''}{name}: "
        + (f"{{{{ {name} | tojson }}}}" if asked[name]["type"] == "bool" else f"{{{{ quote({name}) }}}}")
        for name in shown + texts
    ]
    keys = list(yaml.safe_load(text))
    if questions.NAMESPACE in keys[:-1]:
        sys.exit(f"copier.yml: {keys[-1]} stands below `{questions.NAMESPACE}`, which `make sync` writes to the end: move it up")
    questions_alone = re.split(rf"(?m)(?:^#.*\n)*^{questions.NAMESPACE}:", text)[0]
    return questions_alone.rstrip("\n") + "\n\n" + NAMESPACE_HEAD + "\n".join(lines) + "\n"


def cookiecutter_json(template: str, asked: Mapping[str, Question]) -> str:
    """Return a template's cookiecutter.json: the same questions, defaults, help texts and computed values."""
    context: dict[str, Any] = {"__template": template}
    prompts: dict[str, Any] = {}
    for name, spec in asked.items():
        if name == COPIER_ONLY:
            continue
        default = spec["default"]
        if is_computed(spec):
            context[f"__{name}"] = to_namespace(default, asked) if isinstance(default, str) else default
            continue
        choices = spec.get("choices")
        if choices is None:
            context[name] = to_namespace(default, asked) if isinstance(default, str) else default
            prompts[name] = spec["help"]
            continue
        labels = choices if isinstance(choices, dict) else {choice: choice for choice in choices}
        values = sorted(labels.values(), key=lambda value: value != default)
        context[name] = values
        prompts[name] = {"__prompt__": spec["help"], **{value: label for label, value in labels.items()}}
    context["__prompts__"] = prompts
    context["_jinja2_env_vars"] = {"lstrip_blocks": True, "trim_blocks": True}
    return as_json(context)


def template_index(asked: Mapping[str, Question]) -> str:
    """Return the root cookiecutter.json, from which Cookiecutter asks for one of the templates."""
    titles = {template: title for title, template in asked[COPIER_ONLY]["choices"].items()}
    index = {
        template: {"path": f"./templates/{template}", "title": template, "description": titles[template]}
        for template in templates.every()
    }
    return as_json({"templates": index})


def as_json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def pre_gen_hook(source: str, asked: Mapping[str, Question]) -> str:
    """Return the pre_gen_project hook: its source with the validators of copier.yml as Cookiecutter reads them."""
    checks = "".join(
        f"{{% set message %}}{to_namespace(spec['validator'], asked).strip()}{{% endset %}}\n"
        "    {{ message | string | trim | tojson }},\n"
        for spec in asked.values()
        if "validator" in spec
    )
    return source.replace("    # CHECKS\n", checks)


def made_files() -> dict[Path, Made]:
    """Return every made file of the repository."""
    copier = ROOT / "copier.yml"
    asked = questions.every()
    made = {
        copier: Made(copier_yml(copier.read_text(encoding="utf-8"), asked), copier),
        ROOT / "cookiecutter.json": Made(template_index(asked), copier),
    }
    for template in templates.every().values():
        home = ROOT / "templates" / template.directory
        below = {home / "cookiecutter.json": Made(cookiecutter_json(template.directory, asked), copier)}
        for hook in ("pre_gen_project.py", "post_gen_project.py"):
            source = ROOT / "hooks" / hook
            text = marked(source.read_text(encoding="utf-8"), source)
            below[home / "hooks" / hook] = Made(pre_gen_hook(text, asked), source)
        for place, source in copied(template).items():
            text = marked(source.read_text(encoding="utf-8"), source)
            below[home / PROJECT / place] = Made(text, source, source.stat().st_mode)
        made |= below
        made[home / LISTING] = Made(listing(home, [*below]), None)
    return made


def copied(template: templates.Template) -> dict[str, Path]:
    """Return the source of each file of a project that is a copy, by its place there."""
    sources = {place: ROOT / source for source, place in template.made.items()}
    for part in template.shared:
        shared = ROOT / "templates/shared" / part
        for source in sorted(path for path in shared.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            place = source.relative_to(shared).as_posix()
            if place in sources:
                sys.exit(f"{source} and {sources[place]} would be copied to the same place in {template.directory}")
            sources[place] = source
    return sources


def listing(home: Path, made: list[Path]) -> str:
    names = sorted(path.relative_to(home).as_posix() for path in made)
    return "# Made by `make sync`, as are the files that it lists.\n" + "".join(
        f'"{name}" linguist-generated\n' for name in names
    )


def stale(made: Mapping[Path, Made]) -> list[Path]:
    """Return the files that an earlier run listed as made and whose source is gone."""
    found = []
    for template in templates.every():
        home = ROOT / "templates" / template
        path = home / LISTING
        listed = [home / name for name in listed_in(path)]
        found += [path for path in listed if path not in made and path.is_file() and is_marked(path)]
    return found


def listed_in(path: Path) -> list[str]:
    return re.findall('(?m)^"(.+)" linguist-generated$', path.read_text(encoding="utf-8") if path.exists() else "")


def is_marked(path: Path) -> bool:
    return path.read_bytes().startswith(MARK.encode())


def by_hand(made: Mapping[Path, Made]) -> list[Path]:
    """Return the files in the place of a made one that no earlier run has made."""
    return [
        path
        for path, file in made.items()
        if path.is_file()
        and PROJECT in path.parts
        and not is_marked(path)
        and not file.is_at(path)
        and path.relative_to(ROOT / "templates").as_posix().partition("/")[2] not in listed_in(home_of(path) / LISTING)
    ]


def home_of(path: Path) -> Path:
    """Return the template in which a file lies."""
    return ROOT / "templates" / path.relative_to(ROOT / "templates").parts[0]


def check(made: Mapping[Path, Made], lost: list[Path]) -> int:
    drifted = [(path, file) for path, file in made.items() if not file.is_at(path)]
    for path, file in drifted:
        what = "differs" if path.exists() else "is not there"
        mend = f"edit {file.source} and run" if file.source and path.exists() else "run"
        print(f"{path.relative_to(ROOT)} {what}: {mend} `make sync`", file=sys.stderr)
    for path in lost:
        print(f"{path.relative_to(ROOT)} has lost its source: run `make sync`", file=sys.stderr)
    return 1 if drifted or lost else 0


def write(made: Mapping[Path, Made], lost: list[Path]) -> int:
    for path in lost:
        path.unlink()
        print(f"{path.relative_to(ROOT)} removed")
    for path, file in made.items():
        if not file.is_at(path):
            if path.is_symlink():
                path.unlink()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(0o755 if file.mode & stat.S_IXUSR else 0o644)
            print(path.relative_to(ROOT))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make sync", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where a file is out of date")
    options = parser.parse_args()
    made = made_files()
    for path in by_hand(made):
        sys.exit(f"{path.relative_to(ROOT)} is written by hand, and {made[path].source} would take its place: move one of them")
    lost = stale(made)
    return check(made, lost) if options.check else write(made, lost)


if __name__ == "__main__":
    sys.exit(main())
