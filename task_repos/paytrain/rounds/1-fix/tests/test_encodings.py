"""README, Names: accents are the same however they are encoded, in the sheet and in the registry."""

import unicodedata

NAMES = (
    "Ji\u0159\u00ed Dvo\u0159\u00e1k", "\u00c5sa \u00c5ngstr\u00f6m", "Nguy\u1ec5n Th\u1ecb Ng\u1ecdc", "Rasa \u0116\u0303\u017eyt\u0117",
    "\ud55c\uc9c0\ubbfc", "X\u0302avier Bo\u0301",
)
# Marks in another order, some of them composed, singletons such as the sign for the unit.
SPELLINGS = {
    1: ("JIR\u030cI\u0301 DVOR\u030cA\u0301K", "Ji\u0159i\u0301 Dvor\u030c\u00e1k"),
    2: ("\u212bsa \u212bngstro\u0308m", "A\u030asa \u00c5ngstr\u00f6m"),
    3: ("Nguye\u0302\u0303n Thi\u0323 Ngo\u0323c", "Nguy\u00ea\u0303n Th\u1ecb Ng\u1ecdc"),
    4: ("Rasa E\u0307\u0303z\u030cyte\u0307",),
    5: (unicodedata.normalize("NFD", NAMES[4]),),
    6: ("x\u0302avier b\u00f3", "X\u0302AVIER BO\u0301"),
}
PLAIN = [f"{name};{number},00;salary" for number, name in enumerate(NAMES, 1)]
OTHERS = [f"{name};{number},00;{nth}" for number, names in SPELLINGS.items() for nth, name in enumerate(names)]
STAFF = tuple(enumerate(NAMES, 1))
MAC_STAFF = tuple((number, unicodedata.normalize("NFD", name)) for number, name in STAFF)

STORIES = {
    "spellings": [("staff", *STAFF), ("lyon", *PLAIN, {"mac": True}), ("lyon", *OTHERS), ("entries",)],
    "registry from a mac": [("staff", *MAC_STAFF), ("lyon", *PLAIN), ("lyon", *OTHERS), ("entries",)],
}


def test_every_spelling_finds_its_employee(told):
    expected = [(str(number), "salary", number * 100) for number in range(1, 7)]
    expected += [
        (str(number), str(nth), number * 100) for number, names in SPELLINGS.items() for nth in range(len(names))
    ]
    for story in STORIES:
        _, plain, others, entries = told(story)
        assert plain.counts() == (len(PLAIN), 0, 0), story
        assert others.counts() == (len(OTHERS), 0, 0), story
        assert entries.booked() == sorted(expected), story
