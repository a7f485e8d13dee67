"""What an agent that knows nothing of us is told before its first message, in one place for all of them."""

from harness.sandbox import WORKSPACE

_PREFACE = f"""\
You work alone in {WORKSPACE}, a git repository, without a network. Below a colleague reports what is wrong or wanted, \
often vaguely. What only they can know you may ask them: run `ask-reporter "your question"` in a shell, and it prints \
the answer. Find the cause, change the code, add tests where the project has some, and run them; then simply end your \
turn, which hands your work in. More messages may follow.
Before you end a turn, leave a JSON file at $RELAY_HANDIN ({{hand_in}}) that says of your work: "summary" and \
"root_cause" (text), "assumptions" (a list of text), "confidence" (0 to 1, that all of it is right), and "abstain" \
(true if you could not do it).

The message:

"""


def with_preface(message: str, hand_in: str) -> str:
    """The first message as such an agent gets it; `hand_in` is where its own words shall lie."""
    return _PREFACE.format(hand_in=hand_in) + message
