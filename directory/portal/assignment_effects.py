"""The effect of assignments as the pages show it: sentences with numbers and names."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from directory.engine.assignment_effects import AssignmentEffect, Effect


@dataclass(frozen=True, slots=True)
class EffectLine:
    """The number of people with an effect, and the names of some of them."""

    text: str
    names: str
    more: int
    is_removal: bool = False


def effect_lines(effect: AssignmentEffect) -> list[EffectLine]:
    """One line for each effect that applies to anybody."""
    lines = []
    for name in Effect:
        number = effect.counts.get(name, 0)
        if not number:
            continue
        names = effect.names[name]
        text = _sentence(name, number)
        lines.append(EffectLine(text, ", ".join(names), number - len(names), name is Effect.DISABLED))
    return lines


def _sentence(effect: Effect, number: int) -> str:
    texts = {
        Effect.CREATED: ngettext(
            "{n} user is created in the application, or matched with an account there.",
            "{n} users are created in the application, or matched with accounts there.",
            number,
        ),
        Effect.ENABLED: ngettext("{n} user is enabled again.", "{n} users are enabled again.", number),
        Effect.DISABLED: ngettext(
            "{n} user is disabled in the application.", "{n} users are disabled in the application.", number
        ),
        Effect.KEPT: ngettext(
            "{n} user is in the application and stays there.",
            "{n} users are in the application and stay there.",
            number,
        ),
        Effect.BLOCKED: ngettext(
            "{n} user is not created: the account is disabled in the directory.",
            "{n} users are not created: their accounts are disabled in the directory.",
            number,
        ),
        Effect.FILTERED: ngettext(
            "{n} user is excluded by a scoping filter.", "{n} users are excluded by a scoping filter.", number
        ),
        Effect.OUTSIDE: ngettext("{n} user is not affected.", "{n} users are not affected.", number),
    }
    return texts[effect].format(n=number)
