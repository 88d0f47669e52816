"""Record a real run of `make new` as a picture for the README (`make recording`).

Types the answers into a pseudo-terminal, as a person would, and draws what the terminal showed.
"""

import io
import os
import re
import shutil
import sys
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs/make-new.svg"
COLUMNS, ROWS = 130, 80
SECONDS = 900


def record(answers: dict[str, str]) -> pyte.Screen:
    """Run `make new`, answer each question by its help text, and return the screen at the end."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    # Without the variables by which make tells a make inside it where it is.
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    environment = {**own, "COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
    session = pexpect.spawn(
        "make",
        ["new"],
        cwd=str(ROOT),
        env=environment,
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=SECONDS,
    )
    shown = ""
    for question, answer in answers.items():
        session.expect_exact(question)
        shown += f"{session.before}{session.after}"
        session.send(answer + "\r")
    session.expect(pexpect.EOF)
    stream.feed(f"{shown}{session.before}")
    return screen


def to_text(screen: pyte.Screen) -> Text:
    text = Text()
    lines = [screen.buffer[row] for row in range(ROWS)]
    for row in range(max(number for number in range(ROWS) if screen.display[number].strip()) + 1):
        for column in range(COLUMNS):
            cell = lines[row][column]
            colour = "" if cell.fg == "default" else cell.fg if re.fullmatch("[a-z]+", cell.fg) else f"#{cell.fg}"
            text.append(cell.data, f"{'bold ' if cell.bold else ''}{colour}".replace("brown", "yellow").strip())
        text.append("\n")
    return text


def main() -> None:
    if "--help" in sys.argv:
        sys.exit(__doc__)
    answers = {
        "Which framework?": "",
        "What is the service called?": "",
        "What is its directory called?": "",
        "What does it do": "",
        "Who holds the copyright?": "",
        "Which e-mail address": "",
        "Under which licence?": "",
        "Which database": "",
        "Who may call it?": "",
        "Share revoked tokens": "",
        "Containers?": "",
        "Put nginx before it?": "",
        "Load tests?": "",
        "Which CI?": "",
        "Run the new project's tests": "",
    }
    made = ROOT.parent / "user-service"
    if made.exists():
        sys.exit(f"{made} is in the way")
    try:
        text = to_text(record(answers))
    finally:
        shutil.rmtree(made, ignore_errors=True)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(text)
    # The folder is this machine's, not the reader's; without it the lengths that Rich has measured no longer hold.
    drawing = console.export_svg(title="make new").replace(str(ROOT.parent), "/home/you")
    drawing = re.sub(r' textLength="[^"]*"', "", drawing)
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
