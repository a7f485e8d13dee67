"""Stories: lists of steps in a payroll office of their own, told in one process start for all tests.

A test module has `STORIES`, name -> steps. The first test that asks for a story (`told`) has the stories of all
collected modules played by DRIVER, which runs in the subject's box: it makes a folder for each story, writes the
files, and runs each command as production would, `python3 -m paytrain`, in a process of its own that is forked
instead of started anew. A step is a tuple:

    ("staff", (number, name), ...)       staff load; accounts are made from the numbers
    ("lyon", row, ..., {options})        import of a CSV sheet, "Nom;Montant;Motif"
    ("porto", row, ...)                  the same, "name,account,amount,reference" with decimal points
    ("kontor", (name, reference, cents), ...)   the same, fixed width
    ("sheet", source, text)              the same, as it stands
    ("entries",) ("report",) ("pay",)    with --json
    ("run", *arguments)                  any command
    ("write", name, text) ("old books",) ("mode", octal) ("look",)   no command

Options: `mac` decomposes the text, `period`, `dry`, `more` (arguments), `out`, `json` (False leaves it out),
`stdin`. In texts and arguments `{iban:7}` is the account of employee 7, `{here}` the story's folder.
"""

import json
import re
import unicodedata

import pytest

CONFIG = """\
[paytrain]
data = data
company = Train & Fils
account = FR7630006000011234567890189
clock = 2024-05-31T12:00:00

[log]
level = DEBUG

[source lyon]
column.name = Nom
column.account = Compte
column.amount = Montant
column.reference = Motif

[source porto]
delimiter = ,
decimal = .

[source kontor]
format = fixed

[source summer]
column.reference = Pr\u00e9cision
"""
# A database of release 2.9.1, made with its own commands. There, Zoë's salary (sheet 1, row 2) was taken for
# Zoe's and her bonus (sheet 2, row 1, decomposed) rejected; Jörg was paid twice (sheet 3); Anna's first reference is
# decomposed. All but "extra" is paid. It must not be made again with later code.
OLD = """\
BEGIN TRANSACTION;
CREATE TABLE employees (
    number TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    iban TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1
);
INSERT INTO "employees" VALUES('1','Anna Weiß','FR9630006000000000000000001',1);
INSERT INTO "employees" VALUES('12','Zoe Martin','FR9030006000000000000000012',1);
INSERT INTO "employees" VALUES('13','Zoë Martin','FR6330006000000000000000013',1);
INSERT INTO "employees" VALUES('14','Jörg Groß','FR3630006000000000000000014',1);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sheet_id INTEGER NOT NULL REFERENCES sheets (id),
    row_no INTEGER NOT NULL,
    employee TEXT NOT NULL REFERENCES employees (number),
    period TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    run_id INTEGER
);
INSERT INTO "entries" VALUES(1,1,1,'12','2024-05','salary',210000,1);
INSERT INTO "entries" VALUES(2,1,3,'1','2024-05','prime d’e\u0301te\u0301',200000,1);
INSERT INTO "entries" VALUES(3,2,2,'1','2024-05','bonus',2000,1);
INSERT INTO "entries" VALUES(4,3,1,'14','2024-05','salary',100000,1);
INSERT INTO "entries" VALUES(5,3,2,'14','2024-05','salary',100000,1);
INSERT INTO "entries" VALUES(6,4,1,'1','2024-05','extra',1000,NULL);
CREATE TABLE lines (
    line_key TEXT PRIMARY KEY,
    sheet_id INTEGER NOT NULL REFERENCES sheets (id),
    row_no INTEGER NOT NULL
);
INSERT INTO "lines" VALUES('lyon|2024-05|zoe martin|salary|210000',1,1);
INSERT INTO "lines" VALUES('lyon|2024-05|anna weiß|prime d’e\u0301te\u0301|200000',1,3);
INSERT INTO "lines" VALUES('lyon|2024-05|zoe martin|bonus|5000',2,1);
INSERT INTO "lines" VALUES('lyon|2024-05|anna weiß|bonus|2000',2,2);
INSERT INTO "lines" VALUES('lyon|2024-05|jorg groß|salary|100000',3,1);
INSERT INTO "lines" VALUES('lyon|2024-05|jorg gross|salary|100000',3,2);
INSERT INTO "lines" VALUES('kontor|2024-05|anna weiß|extra|1000',4,1);
CREATE TABLE rejects (
    sheet_id INTEGER NOT NULL REFERENCES sheets (id),
    row_no INTEGER NOT NULL,
    reason TEXT NOT NULL
);
INSERT INTO "rejects" VALUES(2,1,'unknown_employee');
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    period TEXT NOT NULL,
    date TEXT NOT NULL,
    payments INTEGER NOT NULL,
    total_cents INTEGER NOT NULL,
    at TEXT NOT NULL
);
INSERT INTO "runs" VALUES(1,'2024-05','2024-05-31',3,612000,'2024-05-31T12:00:00');
CREATE TABLE sheets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    period TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    accepted_cents INTEGER NOT NULL DEFAULT 0,
    at TEXT NOT NULL
);
INSERT INTO "sheets" VALUES(1,'lyon','2024-05','7ea5217ece26608fe2c10270e1473a31e7709bef110350275bf66742c4fdd60f',3,2,1,0,410000,'2024-05-31T12:00:00');
INSERT INTO "sheets" VALUES(2,'lyon','2024-05','be1a3d720d27df2ee7a8d24a17d58543a95c97fd678870ebaaf753939c3f0ef7',2,1,0,1,2000,'2024-05-31T12:00:00');
INSERT INTO "sheets" VALUES(3,'lyon','2024-05','a3c051e3ec222bfc1eb79910ddd01acf5037e647c0d6fa560d9470704be32b08',2,2,0,0,200000,'2024-05-31T12:00:00');
INSERT INTO "sheets" VALUES(4,'kontor','2024-05','633fe637d0669a018be4dae508fe41d459fd36f640356220953d707f232701b6',1,1,0,0,1000,'2024-05-31T12:00:00');
CREATE INDEX entries_by_employee ON entries (employee, period);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sheets',4);
INSERT INTO "sqlite_sequence" VALUES('entries',6);
INSERT INTO "sqlite_sequence" VALUES('runs',1);
PRAGMA user_version = 4;
COMMIT;
"""
HEADS = {"lyon": "Nom;Montant;Motif", "porto": "name,account,amount,reference"}

DRIVER = r'''
import argparse, atexit, codecs, collections, configparser, contextlib, csv, dataclasses, datetime, functools, gc
import hashlib, importlib, io, itertools, json, logging, os, pathlib, pkgutil, re, runpy, shutil, signal, sqlite3
import stat, string, sys, tempfile, time, traceback, typing, unicodedata, urllib.parse

STEP_S, HUNG = 20, 2


def main():
    root, order = sys.argv[1], json.load(sys.stdin)
    sys.path.insert(0, os.getcwd())
    for module in pkgutil.walk_packages(["paytrain"], "paytrain.", onerror=lambda name: None):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(BaseException):
                importlib.import_module(module.name)
    argparse.ArgumentParser(prog="warm").add_subparsers().add_parser("up").format_usage()
    gc.freeze()
    answers, hung = [], [0]
    for story in order:
        here = tempfile.mkdtemp(dir=root)
        answers.append([play(step, here, hung) for step in story])
        shutil.rmtree(here, ignore_errors=True)
    json.dump(answers, sys.stdout)


def play(step, here, hung):
    for name, text in step.get("write", {}).items():
        with open(os.path.join(here, name), "w", encoding="utf-8", newline="") as file:
            file.write(text.replace("{here}", here))
    data = os.path.join(here, "data")
    if "restore" in step:
        os.mkdir(data)
        base = sqlite3.connect(os.path.join(data, "paytrain.db"))
        base.executescript(step["restore"])
        base.close()
    if "mode" in step:
        os.chmod(data, step["mode"])
    answer = {"files": look(data) if step.get("look") else None}
    if "argv" in step:
        if hung[0] >= HUNG:
            return {"code": -1, "stdout": "", "stderr": "not run, others hung"}
        answer.update(command([arg.replace("{here}", here) for arg in step["argv"]], here, step.get("stdin", "")))
        hung[0] += answer["code"] == -signal.SIGKILL
        answer["made"] = sorted(os.listdir(here))
        if step.get("read"):
            with contextlib.suppress(OSError), open(os.path.join(here, step["read"]), encoding="utf-8") as file:
                answer["out"] = file.read()
    for key in ("stdout", "stderr"):
        if key in answer:
            answer[key] = answer[key].replace(here, "{here}")
    return answer


def command(argv, here, stdin):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        source, writer = os.pipe()
        os.write(writer, stdin.encode())  # less than a pipe holds
        os.close(writer)
        child = os.fork()
        if child == 0:
            for number, file in enumerate((source, out.fileno(), err.fileno())):
                os.dup2(file, number)
            run(argv)
        os.close(source)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, STEP_S)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        signal.setitimer(signal.ITIMER_REAL, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read(1 << 19).decode(errors="replace"))
    return {"code": status, "stdout": texts[0], "stderr": texts[1]}


def run(argv):
    code = 1
    try:
        sys.argv = ["paytrain", *argv]
        runpy.run_module("paytrain", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code & 255)


def look(folder):
    found = {}
    for place, folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                content = file.read()
            found[os.path.relpath(path, folder)] = {
                "sha": hashlib.sha256(content).hexdigest(), "at": os.stat(path).st_mtime_ns,
                "text": content[:200000].decode(errors="replace") if not name.endswith(".db") else "",
            }
    return found


main()
'''


def account_of(number):
    """A French IBAN with the right check digits, another one for each number."""
    body = f"30006000{int(number):015d}"
    rest = int(body + "152700") % 97  # F is 15, R is 27
    return f"FR{98 - rest:02d}{body}"


def filled(text):
    return re.sub(r"\{iban:(\d+)\}", lambda match: account_of(match.group(1)), text)


def letters(text, width):
    """`text` padded to `width` letters, not code points."""
    return text + " " * (width - sum(not unicodedata.combining(char) for char in text))


def record(name, reference, cents, account=""):
    digits = f"{cents:012d}" if isinstance(cents, int) else cents
    return "D" + letters(name, 30) + letters(filled(account), 34) + digits + letters(reference, 20) + "\n"


def sheet(source, rows):
    if source != "kontor":
        return "\n".join((HEADS[source], *rows, ""))
    total = sum(row[2] for row in rows if isinstance(row[2], int))
    return "".join(record(*row) for row in rows) + f"T{len(rows):08d}{total:014d}\n"


def planned(step):
    """What the driver has to do for a step."""
    verb, *rest = step
    options = rest.pop() if rest and isinstance(rest[-1], dict) else {}
    period = ["--period", options.get("period", "2024-05")]
    as_json = ["--json"] if options.get("json", True) else []
    argv = ["--config", "{here}/paytrain.ini"]
    plan = {"stdin": options.get("stdin", "")}
    if verb == "staff":
        lines = [f"{number};{name};{account_of(number)};{''.join(left) or 'yes'}" for number, name, *left in rest]
        plan["write"] = {"staff.csv": "\n".join(("number;name;iban;active", *lines, ""))}
        plan["argv"] = [*argv, "staff", "load", "{here}/staff.csv"]
    elif verb in ("lyon", "porto", "kontor", "sheet"):
        source = rest.pop(0) if verb == "sheet" else verb
        text = filled(rest[0] if verb == "sheet" else sheet(verb, rest))
        text = unicodedata.normalize("NFD", text) if options.get("mac") else text
        dry = ["--dry-run"] if options.get("dry") else []
        plan["write"] = {"sheet.txt": text}
        plan["argv"] = [*argv, "import", *dry, "--source", source, *period, *as_json, *options.get("more", ()),
                        "{here}/sheet.txt"]
    elif verb in ("entries", "report"):
        plan["argv"] = [*argv, verb, *period, *as_json]
    elif verb == "pay":
        plan["read"] = options.get("out", "pay.csv")
        plan["argv"] = [*argv, verb, *period, *as_json, "--date", "2024-05-31", "--out", "{here}/" + plan["read"]]
    elif verb == "run":
        plan["argv"] = [*argv, *map(filled, rest)]
    elif verb == "write":
        plan["write"] = {rest[0]: filled(rest[1])}
    elif verb == "look":
        plan["look"] = True
    elif verb == "old books":
        plan["restore"] = OLD
    else:
        plan[verb] = rest[0]
    return plan


class Answer:
    """What one step came to: `code`, `stdout`, `stderr`, `files` (after "look"), `out` (the payment file)."""

    def __init__(self, step, answer):
        self.step = step
        self.code = answer.get("code")
        self.stdout = answer.get("stdout", "")
        self.stderr = answer.get("stderr", "")
        self.files = answer.get("files")
        self.out = answer.get("out")
        self.made = answer.get("made")

    @property
    def json(self):
        """The one document that was printed."""
        assert self.stdout.startswith("{"), self
        return json.loads(self.stdout)

    @property
    def lines(self):
        """The documents that were printed, one a line."""
        assert self.code == 0, self
        return [json.loads(line) for line in self.stdout.splitlines()]

    def booked(self):
        """Of `entries`: (employee, reference, cents) of each, composed and sorted."""
        return sorted(
            (entry["employee"], unicodedata.normalize("NFC", entry["reference"]), entry["amount_cents"])
            for entry in self.lines
        )

    def counts(self):
        """Of an import: accepted, duplicates, rejected; they must add up."""
        result = self.json
        found = (result["accepted"], result["duplicates"], result["rejected"])
        assert sum(found) == result["rows"], self
        assert sum(result["reasons"].values()) == result["rejected"], self
        assert self.code == (1 if result["rejected"] else 0), self
        return found

    def payments(self):
        """Of `pay`: employee -> (name, account, cents), from a payment file that adds up."""
        assert self.code == 0, self
        head, *middle, end = [line.split(";") for line in self.out.splitlines()]
        assert (head[:2], end[0]) == (["H", "paytrain"], "T"), self.out
        assert [line[0] for line in middle] == ["P"] * int(end[1]), self.out
        assert sum(int(line[4]) for line in middle) == int(end[2]), self.out
        return {line[1]: (line[2], line[3], int(line[4])) for line in middle}

    def __repr__(self):
        return f"<{self.step}: status {self.code}, {self.stdout[-300:]!r}, {self.stderr[-300:]!r}>"


@pytest.fixture(scope="session")
def library(request, subject):
    """All stories, played: (module, name) -> answers."""
    modules = {item.module.__name__: item.module for item in request.session.items}
    stories = {
        (name, story): steps
        for name, module in modules.items() for story, steps in getattr(module, "STORIES", {}).items()
    }
    start = {"write": {"paytrain.ini": CONFIG}}  # a story may write its own
    order = [[start, *map(planned, steps)] for steps in stories.values()]
    done = subject.cli(["-I", "-c", DRIVER, "{data}"], stdin=json.dumps(order), timeout=100)
    assert done.code == 0, done
    return {
        key: [Answer(step, answer) for step, answer in zip(steps, answers[1:], strict=True)]
        for (key, steps), answers in zip(stories.items(), json.loads(done.stdout), strict=True)
    }


@pytest.fixture
def told(request, library):
    """A function: the answers to all steps of this module's story of that name."""
    return lambda story: library[request.module.__name__, story]


@pytest.fixture(scope="session")
def everything(library):
    """Every answer of every story."""
    return [answer for answers in library.values() for answer in answers]


@pytest.fixture
def account():
    return account_of
