"""Finds phrases that are not plain English: `python docs/phrases.py FILE...` checks docs, templates and code.

In Python it checks comments and strings, which include docstrings and messages. CONTRIBUTING.md has the rules.
"""

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

INSTEAD = {
    r"anew": "again",
    r"any ?more": "no longer",
    r"beside": "next to, with, or in addition to",
    r"(?<!separated )by commas?": "separated by commas",
    r"for so long": "while, or for this long",
    r"(?-i:(?<!there )is none)": "is not valid, or does not exist",
    r"mend(s|ed|ing)?": "fix, or correct",
    r"shall": "must, or will",
    r"so that nobody": "so that no user",
    r"stands?(?! for\b| (?:alone|still)\b)": "is",
    r"the present one": "the current one",
    r"thereof": "of it",
    r"told(?! apart)": "recorded, logged, or informed",
    r"whoever": "anyone who, or the user who",
    r"(?<!-)whom": "that, or who",
    r"(?<!here )(?:is|are) no (?!longer\b|more\b|such\b)\w+": "is not a",
}
"""Maps forbidden phrases, as regular expressions for whole words, to their replacements."""
FORBIDDEN = re.compile("|".join(rf"(?P<p{n}>\b(?:{phrase})\b)" for n, phrase in enumerate(INSTEAD)), re.IGNORECASE)


def main() -> None:
    """Check the given files."""
    findings = [
        f"{path}:{line}: {finding}"
        for path in map(Path, sys.argv[1:])
        for line, finding in findings_in(path, path.read_text())
    ]
    if findings:
        sys.exit("\n".join([*findings, "CONTRIBUTING.md has the rules for texts."]))


def findings_in(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Returns the forbidden phrases of a file with their line numbers."""
    for start, part in _texts(text) if path.suffix == ".py" else [(1, text)]:
        for match in FORBIDDEN.finditer(part):
            phrase = list(INSTEAD)[int(str(match.lastgroup)[1:])]
            line = start + part.count("\n", 0, match.start())
            yield line, f"{match[0]!r}: write {INSTEAD[phrase]}."


def _texts(code: str) -> Iterator[tuple[int, str]]:
    """The comments and strings of Python code, with their first lines."""
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in kinds:
            yield token.start[0], token.string


if __name__ == "__main__":
    main()
