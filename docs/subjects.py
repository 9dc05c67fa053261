"""Checks the subject of a commit message: `python docs/subjects.py FILE`, run by the pre-commit hook `commit-msg`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_LENGTH = 72
EXAMPLE = "Write it like this: scim: Reject members without a value"
GENERATED = re.compile(r"(fixup|squash|amend)! |Merge |Revert \"")
FORM = re.compile(r"[a-z][a-z.-]*(, [a-z][a-z.-]*)*: (?P<verb>[A-Z][a-z]+)\b")
NOT_VERBS = re.compile(r"All|An|Each|Every|It|More|No|Nobody|Some|That|The|These|They|This|What|When|Which|Who|Whom")
OTHER_FORM = re.compile(r"\w+(?:ing|ed|[^s]s)")
IMPERATIVE = re.compile(r"(?i:\w*(?:eed|string)|bring|embed|focus|ping|spread)")


def main() -> None:
    subject = next(iter(Path(sys.argv[1]).read_text().splitlines()), "")
    if faults := list(faults_of(subject)):
        sys.exit("\n".join([f"The subject of this commit is not accepted: {subject}", *faults, EXAMPLE]))


def faults_of(subject: str) -> Iterator[str]:
    """Returns the problems of a subject as sentences."""
    if GENERATED.match(subject):
        return
    if len(subject) > MAX_LENGTH:
        yield f"It has {len(subject)} characters. Use at most {MAX_LENGTH}; the reason goes into the body."
    if subject.endswith("."):
        yield "It ends with a full stop. Remove it."
    if not (form := FORM.match(subject)):
        yield "It does not have the form `area: Subject`, with the area in lower case and a capital letter after it."
    elif not is_imperative(form["verb"]):
        yield f"{form['verb']!r} is not an imperative. Begin with a verb, such as Add, Remove or Reject."


def is_imperative(word: str) -> bool:
    """Whether the word can be an imperative, judging by its ending. Added, Adding and Adds cannot."""
    if NOT_VERBS.fullmatch(word):
        return False
    return bool(IMPERATIVE.fullmatch(word)) or not OTHER_FORM.fullmatch(word)


if __name__ == "__main__":
    main()
