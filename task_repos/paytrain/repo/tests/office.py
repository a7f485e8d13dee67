"""A payroll office in a folder: writes its files, runs the commands in this process."""

import contextlib
import io
import json
import os

from paytrain.cli import main

CONFIG = """\
[paytrain]
data = data
account = FR7630006000011234567890189
clock = 2024-05-31T12:00:00

[source lyon]
column.name = Nom
column.amount = Montant
column.reference = Motif
column.account = IBAN

[source porto]
delimiter = ,
decimal = .

[source kontor]
format = fixed
"""

ANNA = "FR7630006000011234567890189"
BERND = "DE89370400440532013000"
CARLA = "PT50000201231234567890154"

STAFF = """\
number;name;iban;active
1;Anna Weiß;%s;yes
2;Bernd Noël;%s;yes
3;Carla Sá;%s;no
""" % (ANNA, BERND, CARLA)


class Office:
    def __init__(self, folder):
        self.folder = folder
        self.write("paytrain.ini", CONFIG)

    def path(self, name):
        return os.path.join(str(self.folder), name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as stream:
            return stream.read()

    def run(self, *args):
        """(exit code, standard output)"""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = main(["--config", self.path("paytrain.ini")] + list(args))
        return code, out.getvalue()

    def staff(self, text=STAFF):
        return self.run("staff", "load", self.write("staff.csv", text))

    def importSheet(self, text, source="lyon", period="2024-05"):
        """(exit code, result)"""
        sheet = self.write("sheet", text)
        code, out = self.run("import", "--json", "--source", source, "--period", period, sheet)
        return code, json.loads(out) if out else None

    def entries(self, period="2024-05"):
        _, out = self.run("entries", "--json", "--period", period)
        return [json.loads(line) for line in out.splitlines()]

    def pay(self, out="pay.csv", period="2024-05"):
        return self.run("pay", "--json", "--period", period, "--date", "2024-05-31",
                        "--out", self.path(out))


def lyonSheet(*rows):
    return "Nom;Montant;Motif\n" + "".join(row + "\n" for row in rows)
