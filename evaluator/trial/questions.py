"""Which fact does a question ask for?

A task's facts each list a few ways of asking. A question unlocks the one fact whose examples it resembles clearly
more than any other's, or none. BM25 (SQLite FTS5) was the alternative: it ranks well, but its scores have no upper end
that means "the same question" and only grow as words are added, so no threshold both accepts a paraphrase and refuses
a bag of words. Here both directions count: how much of an example the question covers, and how much of what the
question says belongs to the fact. English only. The same facts and text give the same answer everywhere.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log, sqrt
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA
from snowballstemmer import EnglishStemmer

# A question is read from its end: long ones open with context and close with what they ask.
MAX_CHARS = 2000
# Chosen on a third set of facts, and by asking left-out examples; not on the paraphrases in the tests.
_THRESHOLD = 0.5  # similarity, 0 to 1, below which nothing is answered
_MARGIN = 1.15  # times the runner-up's similarity
_EVIDENCE = 0.9  # weight the shared terms must have: about one term that no other fact uses
_UNKNOWN = 0.4  # what the first unknown word costs; later ones less, so that context may be long


class Askable(Protocol):
    """What a fact must offer."""

    @property
    def id(self) -> str:
        """Unique among the facts of one index."""

    @property
    def questions(self) -> tuple[str, ...]:
        """Ways of asking for it."""

    @property
    def value(self) -> str:
        """The answer. Not read here, so that guessing at an answer's words unlocks nothing."""


@dataclass(frozen=True)
class _Fact:
    id: str
    examples: tuple[frozenset[str], ...]
    terms: frozenset[str]


@dataclass(frozen=True)
class Index:
    """Facts prepared for `best_match`; made by `index`. A term is a stem, or the stem that leads its synonyms."""

    facts: tuple[_Fact, ...]
    weights: Mapping[str, float]  # term -> 1 when one fact uses it, towards 0 when every fact does
    terms: Mapping[str, str]  # word of an example -> term, sorted by word
    verbatim: Mapping[tuple[str, ...], frozenset[str]]  # all words of an example -> facts that list it


def index(facts: Sequence[Askable]) -> Index:
    """Prepare facts for matching, once a round."""
    prepared: list[_Fact] = []
    verbatim: dict[tuple[str, ...], frozenset[str]] = {}
    for fact in facts:
        examples = tuple(frozenset(map(_term, _content(text))) for text in fact.questions)
        prepared.append(_Fact(fact.id, examples, frozenset().union(*examples)))
        for words in filter(None, map(_words, fact.questions)):
            verbatim[words] = verbatim.get(words, frozenset()) | {fact.id}
    users = Counter(term for fact in prepared for term in fact.terms)
    weights = {term: log((len(facts) + 1) / count) / log(len(facts) + 1) for term, count in users.items()}
    vocabulary = {word for fact in facts for text in fact.questions for word in _content(text)}
    return Index(tuple(prepared), weights, {word: _term(word) for word in sorted(vocabulary)}, verbatim)


def best_match(index: Index, question: str) -> str | None:
    """Return the id of the fact a question asks for, or None when that is none or not clear.

    One question unlocks at most one fact: when its sentences, or the parts of a list, ask for different facts the
    answer is None, however strong one of them is. Context is judged only when the sentences with a question mark
    match nothing by themselves. Only the last `MAX_CHARS` characters count.
    """
    text = question[-MAX_CHARS:]
    if same := index.verbatim.get(_words(text)):
        return next(iter(same)) if len(same) == 1 else None
    if _OFF_LIMITS.intersection(_words(text)) - index.terms.keys():
        return None
    sentences = [part for part in _SENTENCE_END.split(text) if _content(part)]
    asked = [part for part in sentences if part.rstrip().endswith("?")] or sentences
    found = {_only_topic(index, part) for part in asked} - {None}
    if not found:
        found = {_only_topic(index, " ".join(sentences))}
    return found.pop() if len(found) == 1 else None


def _only_topic(index: Index, sentence: str) -> str | None:
    """Return the fact a sentence asks for, unless a part of it asks for another ("the cap, and the rounding?")."""
    fact = _closest(index, sentence)
    parts = _LIST_SEPARATOR.split(sentence) if fact else []
    return fact if all(_closest(index, part) in (fact, None) for part in parts) else None


def _closest(index: Index, text: str) -> str | None:
    terms = frozenset(_known_term(index, word) for word in _content(text))
    ranked = sorted(((_similarity(index, fact, terms), fact) for fact in index.facts), key=lambda pair: -pair[0])
    if not ranked or ranked[0][0] < _THRESHOLD or any(ranked[0][0] < _MARGIN * other for other, _ in ranked[1:2]):
        return None
    fact = ranked[0][1]
    shared = terms & fact.terms
    # One shared word amid others is a topic only if the fact keeps coming back to it: "how often should I commit?"
    passing = len(shared) == 1 < len(terms) and sum(shared <= example for example in fact.examples) < 2
    return None if passing or _weigh(index, shared) < _EVIDENCE else fact.id


def _similarity(index: Index, fact: _Fact, terms: frozenset[str]) -> float:
    """Harmonic mean (F1) of how much of the best example is covered and how much of the question is the fact's."""
    if not terms & fact.terms:
        return 0.0
    known = terms & index.weights.keys()
    relevant = _weigh(index, known & fact.terms) / (_weigh(index, known) + _UNKNOWN * sqrt(len(terms - known)))
    covered = max(_weigh(index, known & example) / _weigh(index, example) for example in fact.examples if example)
    return 2 * relevant * covered / (relevant + covered)


def _weigh(index: Index, terms: Iterable[str]) -> float:
    # fsum, because sets are walked in an order that changes between processes and a plain sum would with it.
    return fsum(index.weights[term] for term in terms)


def _known_term(index: Index, word: str) -> str:
    """Return the word's term, forgiving a typo or two when no example uses the word as written."""
    term = index.terms.get(word) or _term(word)
    if term in index.weights or len(word) < 5:
        return term
    # The first letter is rarely mistyped, and insisting on it keeps "border" from being "order".
    near = [other for other in index.terms if len(other) >= 5 and other[0] == word[0]]
    hit = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=1 if len(word) < 8 else 2)
    return index.terms[hit[0]] if hit else term


def _content(text: str) -> list[str]:
    return [word for word in _words(text) if word not in _STOP]


def _words(text: str) -> tuple[str, ...]:
    marks_apart = unicodedata.normalize("NFKD", text)  # so that Zoë is found as Zoe
    plain = "".join(char for char in marks_apart if not unicodedata.combining(char) and char not in "'\u2019")
    return tuple(re.findall(r"[^\W_]+", plain.casefold()))


def _term(word: str) -> str:
    stem = _stem(word)
    return _LEADER.get(stem, stem)


def _stem(word: str) -> str:
    # A stemmer keeps its word in itself, so one shared by the threads of several trials would mix them up.
    return str(EnglishStemmer().stemWord(word))


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Lines are wrapped by people and programs alike: only an empty line or a bullet ends a sentence without a full stop.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n[ \t\r]*(?:\n|[-*]|\d+[.)])")
# ", or" joins the two sides of one question more often than two questions.
_LIST_SEPARATOR = re.compile(r"[,;:](?!\s*or\b)|\band\b", re.IGNORECASE)

# Nobody the reporter simulates has heard of these, unless a fact says otherwise.
_OFF_LIMITS = _listed("grader graders hidden rubric solution solutions")

# Words that carry no topic: grammar, politeness, and the verbs of asking itself.
_STOP = _listed(
    """a about after all also am an and any anything are arent as ask at attach be because been behavior behaviour
being but by can cant clarify context could couldnt describe detail details did didnt do does doesnt doing done
dont either else enumerate everything exactly expect expected explain fact facts find fine for from get give go
going good got had happen happens has have having he hello help her hey hi his how i if im in information
instead into is isnt issue it its ive just kind know let like list look make me mean mind more my need needs no
not now occur occurred occurs of off ok okay on one only or other our out over please possible problem provide
question quick quickly really regarding requirement requirements say send share she should shouldnt so some
something sorry still such sure tell than thank thanks that the their them then there theres these they thing
things think this those to understand up us use used using very want was wasnt way we were werent what whats
when whether which while why will wish with wont work works would yes you your youre"""
)

# General English and engineering only: a group may help any task and must not be written for one.
_SYNONYMS = """
    fail crash die dead break broken broke error exception | limit cap maximum max most upper ceiling bound budget
    minimum min least lowest | sequence precedence priority first before | customer user shopper buyer client
    coupon voucher | cart basket | price cost charge | pay paid | discount reduction rebate | percent percentage
    expire end close finish | show display appear visible see seen | same equal identical duplicate
    apply application | missing vanish disappear lost lose absent | twice again repeat reuse | row line record entry
    person people somebody someone anybody | employee staff worker | salary wage
    invalid bad malformed corrupt wrong incorrect | skip ignore omit | reject refuse deny | allow permit may
    large big huge size | fast slow speed performance | often frequent frequently | separator delimiter separate
    mask redact hide anonymise anonymize | personal private privacy sensitive confidential | write written wrote
    keep kept retain retention | combine stack merge together | total sum overall | create generate produce made
    change differ different difference diff | whole entire complete | name call | key identify identifier id unique
"""
_LEADER = {
    _stem(word): _stem(group.split()[0]) for group in re.split(r"[|\n]", _SYNONYMS.strip()) for word in group.split()
}
