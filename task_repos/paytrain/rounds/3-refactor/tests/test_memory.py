"""The report: a sheet of 6,000 long rows takes at most 4 MiB more than one of 200, in an import and in a dry run.

What counts is the peak of resident memory that the kernel reports for a process of its own (`wait4`), in kibibytes.
The same program on the same machine is compared with itself, so neither the machine nor its load matters.
"""

import json

import pytest

FEW, MANY, ALLOWED_KIB = 200, 6_000, 4 * 1024

# Runs in the subject's box. It stays small itself: a child starts with what its parent had.
MEASURE = r'''
import json, os, sys

root = sys.argv[1] + "/memory"
os.mkdir(root)


def write(name, head, row, count):
    with open(root + "/" + name, "w", encoding="utf-8") as file:
        file.write(head)
        for number in range(count):
            file.write(row % {"who": number % 50, "nth": number})


def run(stdin, argv):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(root + "/" + stdin if stdin else os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(root + "/out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.execvp("python3", ["python3", "-m", "paytrain", "--config", root + "/paytrain.ini", *argv])
    _, status, used = os.wait4(child, 0)
    with open(root + "/out", encoding="utf-8") as file:
        start = file.read(300)
    size = os.stat(root + "/out").st_size
    return [os.waitstatus_to_exitcode(status), used.ru_maxrss, start.replace(root, ""), size]


few, many = int(sys.argv[2]), int(sys.argv[3])
with open(root + "/paytrain.ini", "w") as file:
    file.write("[paytrain]\ndata = data\n[source lyon]\ncolumn.name = Nom\ncolumn.amount = Montant\n"
               "column.reference = Motif\n")
write("staff.csv", "number;name;iban\n", "%(who)d;Person \u00e9 %(who)d;FR7630006000011234567890189\n", 50)
pad = " " * 600  # of a name: in the sheet and in what a reader keeps, but not in the books
for name, count in (("few", few), ("many", many)):
    write(name + ".csv", "Nom;Montant;Motif\n", "Person" + pad + "\u00e9 %(who)d;1,00;line %(nth)d\n", count)
run("", ["staff", "load", root + "/staff.csv"])
options = ["--json", "--period", "2024-05", "--source"]
for name in ("few", "many"):
    print(json.dumps(run(name + ".csv", ["import", "--dry-run", *options, "lyon", "-"])))
    print(json.dumps(run("", ["import", *options, "lyon", root + "/" + name + ".csv"])))
'''


@pytest.fixture(scope="session")  # once, also when the order of tests is shuffled
def measured(subject):
    """(command, "few" or "many") -> exit code, peak in KiB, start of the output, its size."""
    done = subject.cli(["-I", "-c", MEASURE, "{data}", str(FEW), str(MANY)], timeout=60)
    assert done.code == 0, done
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    keys = [(command, size) for size in ("few", "many") for command in ("dry run", "import")]
    return dict(zip(keys, rows, strict=True))


def test_all_rows_were_taken(measured):
    for size, count in (("few", FEW), ("many", MANY)):
        assert measured["import", size][0] == 0, measured
        assert f'"rows": {count}' in measured["import", size][2]
        assert measured["dry run", size][0] == 5, measured
        assert f'"rows": {count}' in measured["dry run", size][2]
        assert measured["dry run", size][3] > 60 * count


def test_an_import_does_not_grow(measured):
    assert measured["import", "many"][1] - measured["import", "few"][1] <= ALLOWED_KIB, measured


def test_a_dry_run_does_not_grow(measured):
    assert measured["dry run", "many"][1] - measured["dry run", "few"][1] <= ALLOWED_KIB, measured
