"""Reports as people type them: slips, a detail left out, a sentence that leads astray.

Lists, quotations and code are left as they are: they may be all there is of a contract.
"""

from __future__ import annotations

import random
import re

SLIPS = 0.05  # share of the longer words in prose that are mistyped
_ASTRAY = (
    "I think it began after I updated my browser.",
    "A colleague says it is the database, but he says that about everything.",
    "It may have to do with the new logo from last week.",
    "The person before you said that the cache on the load balancer was to blame.",
    "Somebody restarted something on Tuesday, maybe that is why.",
)


def hurried(report: str, seed: str) -> str:
    """The same report, typed in a hurry; by the seed always the same."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    paragraphs = report.split("\n\n")
    prose = [number for number, text in enumerate(paragraphs) if not re.search(r"(?m)^\s*([-*>#`\d{]|\w+:$)", text)]
    if prose:
        for number in prose:
            paragraphs[number] = _mistyped(_without_a_sentence(paragraphs[number], chance), chance)
        paragraphs[prose[0]] += " " + chance.choice(_ASTRAY)
    return "\n\n".join(paragraphs)


def _without_a_sentence(text: str, chance: random.Random) -> str:
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    if len(sentences) > 3:
        del sentences[chance.randrange(1, len(sentences) - 1)]
    return " ".join(sentences)


def _mistyped(text: str, chance: random.Random) -> str:
    def slip(match: re.Match[str]) -> str:
        word = match[0]
        if chance.random() >= SLIPS:
            return word
        at = chance.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return re.sub(r"(?<![\w/.`'-])[a-z]{5,}(?![\w/.`'-])", slip, text)
