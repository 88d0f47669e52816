"""Write every file of the repository that is made from another one (`make sync`).

Sources: copier.yml, hooks/ and templates/shared/. `python tools/sync.py --check` writes nothing, names each file
that differs together with the source to edit, and exits 1 where there is one.
"""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

import openapi

ROOT = Path(__file__).parent.parent
PROJECT = "{{cookiecutter.project_slug}}"
SHARED_PARTS = {"flask-api": ("any", "python"), "fastapi-svc": ("any", "python"), "gin-svc": ("any", "go")}
_PYTHON_OPENAPI = "src/{{cookiecutter.__package}}/static/openapi.json"
OPENAPI_PLACES = {"flask-api": _PYTHON_OPENAPI, "fastapi-svc": _PYTHON_OPENAPI, "gin-svc": "internal/httpapi/openapi.json"}
_PASSWORDS = "{% if cookiecutter.auth == 'jwt' %}common_passwords.txt{% endif %}"
_PYTHON_PASSWORDS = f"src/{{{{cookiecutter.__package}}}}/static/{_PASSWORDS}"
PASSWORD_PLACES = {"flask-api": _PYTHON_PASSWORDS, "fastapi-svc": _PYTHON_PASSWORDS, "gin-svc": f"internal/security/{_PASSWORDS}"}
COPIER_ONLY = {"template"}
SYNCED_LIST = "shared-files.txt"


class Made:
    """The content and mode that a file has to have, and the source that it is made from."""

    def __init__(self, content: bytes, source: Path, mode: int = 0o644) -> None:
        self.content = content
        self.source = source
        self.mode = mode

    def is_at(self, path: Path) -> bool:
        return (
            path.is_file()
            and path.read_bytes() == self.content
            and bool(path.stat().st_mode & stat.S_IXUSR) == bool(self.mode & stat.S_IXUSR)
        )


def load_questions() -> dict[str, dict[str, Any]]:
    """Return the questions of copier.yml in their order, without settings and without the namespace."""
    questions: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {
        name: spec
        for name, spec in questions.items()
        if not name.startswith("_") and name != "cookiecutter" and name not in COPIER_ONLY
    }


def is_computed(spec: dict[str, Any]) -> bool:
    return spec.get("when") is False


def to_namespace(source: str, questions: dict[str, dict[str, Any]]) -> str:
    """Rewrite a Jinja text that reads Copier's answers so that it reads Cookiecutter's namespace."""
    rewritten = []
    after_dot = False
    for _, kind, value in Environment(keep_trailing_newline=True).lex(source):  # noqa: S701 - read, never rendered
        if kind == "name" and not after_dot and (value in questions or value in COPIER_ONLY):
            is_asked = value in questions and not is_computed(questions[value])
            value = f"cookiecutter.{value}" if is_asked else f"cookiecutter.__{value}"
        after_dot = kind == "operator" and value == "."
        rewritten.append(value)
    return "".join(rewritten)


def cookiecutter_json(template: str, questions: dict[str, dict[str, Any]]) -> str:
    """Return a template's cookiecutter.json: the same questions, defaults, help texts and computed values."""
    context: dict[str, Any] = {"__template": template}
    prompts: dict[str, Any] = {}
    for name, spec in questions.items():
        default = spec["default"]
        if is_computed(spec):
            context[f"__{name}"] = to_namespace(default, questions) if isinstance(default, str) else default
            continue
        choices = spec.get("choices")
        if choices is None:
            context[name] = to_namespace(default, questions) if isinstance(default, str) else default
            prompts[name] = spec["help"]
            continue
        labels = choices if isinstance(choices, dict) else {choice: choice for choice in choices}
        values = sorted(labels.values(), key=lambda value: value != default)
        context[name] = values
        prompts[name] = {"__prompt__": spec["help"], **{value: label for label, value in labels.items()}}
    context["__prompts__"] = prompts
    context["_jinja2_env_vars"] = {"lstrip_blocks": True, "trim_blocks": True}
    return json.dumps(context, indent=2, ensure_ascii=False) + "\n"


def template_index() -> str:
    """Return the root cookiecutter.json, from which Cookiecutter asks for one of the templates."""
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    titles = {template: title for title, template in questions["template"]["choices"].items()}
    index = {
        template: {"path": f"./templates/{template}", "title": template, "description": titles[template]}
        for template in SHARED_PARTS
    }
    return json.dumps({"templates": index}, indent=2, ensure_ascii=False) + "\n"


def pre_gen_hook(questions: dict[str, dict[str, Any]]) -> str:
    """Return the pre_gen_project hook: its source with the validators of copier.yml as Cookiecutter reads them."""
    checks = "".join(
        f"{{% set message %}}{to_namespace(spec['validator'], questions).strip()}{{% endset %}}\n"
        "    {{ message | string | trim | tojson }},\n"
        for spec in questions.values()
        if "validator" in spec
    )
    return (ROOT / "hooks/pre_gen_project.py").read_text(encoding="utf-8").replace("    # CHECKS\n", checks)


def made_files() -> dict[Path, Made]:
    """Return every made file of the repository."""
    copier = ROOT / "copier.yml"
    questions = load_questions()
    made = {ROOT / "cookiecutter.json": Made(template_index().encode(), copier)}
    for template, parts in SHARED_PARTS.items():
        home = ROOT / "templates" / template
        made[home / "cookiecutter.json"] = Made(cookiecutter_json(template, questions).encode(), copier)
        made[home / "hooks/pre_gen_project.py"] = Made(pre_gen_hook(questions).encode(), ROOT / "hooks/pre_gen_project.py")
        post = ROOT / "hooks/post_gen_project.py"
        made[home / "hooks/post_gen_project.py"] = Made(post.read_bytes(), post)
        copies: dict[str, Path] = {}
        for part in parts:
            shared = ROOT / "templates/shared" / part
            for source in sorted(path for path in shared.rglob("*") if path.is_file()):
                relative = source.relative_to(shared).as_posix()
                if relative in copies:
                    sys.exit(f"{source} and {copies[relative]} would be copied to the same place in {template}")
                copies[relative] = source
                made[home / PROJECT / relative] = Made(source.read_bytes(), source, source.stat().st_mode)
        made[home / PROJECT / OPENAPI_PLACES[template]] = Made(openapi.template().encode(), ROOT / "contract/openapi.yaml")
        passwords = ROOT / "contract/common-passwords.txt"
        made[home / PROJECT / PASSWORD_PLACES[template]] = Made(passwords.read_bytes(), passwords)
        listing = "".join(f"{relative}\n" for relative in sorted(copies))
        made[home / SYNCED_LIST] = Made(listing.encode(), ROOT / "templates/shared")
    return made


def stale_copies(made: dict[Path, Made]) -> list[Path]:
    """Return the copies that an earlier run listed and whose source is gone."""
    stale = []
    for template in SHARED_PARTS:
        home = ROOT / "templates" / template
        listing = home / SYNCED_LIST
        names = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
        stale += [path for name in names if (path := home / PROJECT / name) not in made and path.exists()]
    return stale


def check(made: dict[Path, Made], stale: list[Path]) -> int:
    drifted = [(path, file) for path, file in made.items() if not file.is_at(path)]
    for path, file in drifted:
        print(f"{path.relative_to(ROOT)} differs: edit {file.source.relative_to(ROOT)} and run `make sync`", file=sys.stderr)
    for path in stale:
        print(f"{path.relative_to(ROOT)} has lost its source in templates/shared: run `make sync`", file=sys.stderr)
    return 1 if drifted or stale else 0


def write(made: dict[Path, Made], stale: list[Path]) -> int:
    for path in stale:
        path.unlink()
    for path, file in made.items():
        if not file.is_at(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(0o755 if file.mode & stat.S_IXUSR else 0o644)
            print(path.relative_to(ROOT))
    return 0


def main() -> int:
    made = made_files()
    stale = stale_copies(made)
    return check(made, stale) if "--check" in sys.argv[1:] else write(made, stale)


if __name__ == "__main__":
    sys.exit(main())
