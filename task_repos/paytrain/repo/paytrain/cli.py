"""python3 -m paytrain --config FILE COMMAND"""

import argparse
import json
import logging
import sys

from paytrain import __version__, errors, logs
from paytrain.audit import AuditLog
from paytrain.config import Config, checkDate, checkPeriod
from paytrain.importer import SheetImporter
from paytrain.ledger import Ledger
from paytrain.money import formatAmount
from paytrain.payrun import PayRun
from paytrain.registry import EmployeeRegistry, readEmployees
from paytrain.reports import entryAsDict, periodReport
from paytrain.store import Store

log = logging.getLogger("paytrain")


def makeParser():
    parser = argparse.ArgumentParser(prog="paytrain")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--config", default="paytrain.ini")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    staff = commands.add_parser("staff", help="employees")
    staffCommands = staff.add_subparsers(dest="staffCommand", required=True, metavar="COMMAND")
    load = staffCommands.add_parser("load", help="add and change employees from a staff file")
    load.add_argument("file")
    listing = staffCommands.add_parser("list", help="list employees")
    listing.add_argument("--json", action="store_true")

    importing = commands.add_parser("import", help="take a pay sheet into the books")
    importing.add_argument("--source", required=True)
    importing.add_argument("--period", required=True)
    importing.add_argument("--json", action="store_true")
    importing.add_argument("sheet")

    entries = commands.add_parser("entries", help="list the entries of a period")
    entries.add_argument("--period", required=True)
    entries.add_argument("--json", action="store_true")

    report = commands.add_parser("report", help="rows and sums of a period")
    report.add_argument("--period", required=True)
    report.add_argument("--json", action="store_true")

    pay = commands.add_parser("pay", help="pay what is open, write the payment file")
    pay.add_argument("--period", required=True)
    pay.add_argument("--date", required=True)
    pay.add_argument("--out", required=True)
    pay.add_argument("--json", action="store_true")

    audit = commands.add_parser("audit", help="print or verify the audit log")
    audit.add_argument("--verify", action="store_true")
    return parser


class Application:
    def __init__(self, args):
        self.args = args
        self.config = Config(args.config)
        logs.setUp(self.config)
        self.store = Store.open(self.config)
        self.audit = AuditLog(self.config)

    def run(self):
        return getattr(self, "do_" + self.args.command)()

    def do_staff(self):
        if self.args.staffCommand == "list":
            return self._listStaff()
        try:
            with open(self.args.file, encoding="utf-8-sig", newline="") as stream:
                found, wrong = readEmployees(stream)
        except OSError:
            raise errors.SheetError("the staff file cannot be opened")
        with self.store.transaction():
            EmployeeRegistry(self.store).update(found)
            self.audit.append("staff", loaded=len(found), rejected=len(wrong))
        print("%d employees loaded, %d rows rejected" % (len(found), len(wrong)))
        for rowNo, reason in wrong:
            print("  row %d: %s" % (rowNo, reason))
        return errors.REJECTED if wrong else errors.OK

    def _listStaff(self):
        for employee in EmployeeRegistry(self.store).all():
            if self.args.json:
                printJson({
                    "number": employee.number, "name": employee.name, "iban": employee.account,
                    "active": employee.active,
                })
            else:
                print("%-10s %-34s %s%s" % (employee.number, employee.account, employee.name,
                                            "" if employee.active else " (left)"))
        return errors.OK

    def do_import(self):
        source = self.config.source(self.args.source)
        period = checkPeriod(self.args.period)
        importer = SheetImporter(self.config, self.store, self.audit)
        result = importer.importSheet(self.args.sheet, source, period)
        if self.args.json:
            printJson(result.asDict())
        else:
            print("sheet %d: %d rows, %d accepted, %d duplicates, %d rejected" % (
                result.sheetId, result.rows, result.accepted, result.duplicates, result.rejected))
            for detail in result.details:
                print("  row %d: %s" % (detail["row"], detail.get("reason", detail["outcome"])))
        return errors.REJECTED if result.rejected else errors.OK

    def do_entries(self):
        for row in Ledger(self.store).entries(checkPeriod(self.args.period)):
            entry = entryAsDict(row)
            if self.args.json:
                printJson(entry)
            else:
                print("%-10s %12s  %-20s sheet %d row %d%s" % (
                    entry["employee"], formatAmount(entry["amount_cents"]), entry["reference"],
                    entry["sheet"], entry["row"], "" if entry["run"] else "  open"))
        return errors.OK

    def do_report(self):
        report = periodReport(self.store, checkPeriod(self.args.period))
        if self.args.json:
            printJson(report)
            return errors.OK
        for sheet in report["sheets"]:
            print("sheet %(sheet)d %(source)s: %(rows)d rows, %(accepted)d accepted,"
                  " %(duplicates)d duplicates, %(rejected)d rejected" % sheet)
            for reason, number in sheet["reasons"].items():
                print("  %s: %d" % (reason, number))
        print("booked %s, paid %s, open %s" % tuple(
            formatAmount(report[name]) for name in ("booked_cents", "paid_cents", "open_cents")))
        return errors.OK

    def do_pay(self):
        period, date = checkPeriod(self.args.period), checkDate(self.args.date)
        payRun = PayRun(self.config, self.store, self.audit)
        payRun.execute(period, date, self.args.out)
        if self.args.json:
            printJson(payRun.asDict())
        else:
            print("run %d: %d payments, %s" % (
                payRun.runId, payRun.count, formatAmount(payRun.totalCents)))
        return errors.OK

    def do_audit(self):
        if self.args.verify:
            print("%d lines, in order" % self.audit.verify())
        else:
            for line in self.audit.lines():
                sys.stdout.write(line)
        return errors.OK


def printJson(document):
    print(json.dumps(document))


def main(argv=None):
    args = makeParser().parse_args(argv)
    try:
        return Application(args).run()
    except errors.PaytrainError as error:
        if log.handlers:
            log.error("%s", error)
        else:
            print("paytrain: %s" % error, file=sys.stderr)
        return error.exitCode
    except Exception as error:
        # The text of an unexpected error may quote a cell, so only its kind is told.
        print("paytrain: internal error (%s)" % type(error).__name__, file=sys.stderr)
        return errors.BUG
