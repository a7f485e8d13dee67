"""Who is employed, and the account that each of them is paid into."""

import csv

from paytrain import iban, names
from paytrain.errors import SheetError


class Employee:
    def __init__(self, number, name, account, active=True):
        self.number = number
        self.name = name
        self.account = account
        self.active = active


class EmployeeRegistry:
    """All employees in memory, by number and by name."""

    def __init__(self, store):
        self._store = store
        self._byNumber = {}
        self._byName = {}
        for row in store.all("SELECT * FROM employees ORDER BY number"):
            self._remember(Employee(row["number"], row["name"], row["iban"], bool(row["active"])))

    def all(self):
        return [self._byNumber[number] for number in sorted(self._byNumber)]

    def named(self, name):
        """The employees of that name. Exactly as written: Zoe and Zoë are two people (2.6)."""
        return list(self._byName.get(self._nameKey(name), ()))

    def update(self, employees):
        for employee in employees:
            self._store.run(
                "INSERT INTO employees (number, name, iban, active) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (number) DO UPDATE SET name = excluded.name, iban = excluded.iban,"
                " active = excluded.active",
                employee.number, employee.name, employee.account, int(employee.active),
            )
        self.__init__(self._store)

    def _remember(self, employee):
        self._byNumber[employee.number] = employee
        self._byName.setdefault(self._nameKey(employee.name), []).append(employee)

    @staticmethod
    def _nameKey(name):
        return names.squeeze(name).upper()


def readEmployees(stream):
    """Employees of a staff file, and the (row, reason) of rows that are none.

    A CSV file with the columns number, name, iban and, optionally, active (yes or no).
    """
    reader = csv.DictReader(stream, delimiter=";")
    try:
        header = reader.fieldnames or []
        if not {"number", "name", "iban"} <= set(header):
            raise SheetError("staff file: the columns number, name and iban are needed")
        found, wrong = [], []
        for rowNo, cells in enumerate(reader, 1):
            number = (cells["number"] or "").strip()
            name = names.squeeze(cells["name"] or "")
            account = iban.cleanIban(cells["iban"] or "")
            active = (cells.get("active") or "yes").strip().lower()
            if not number or not name:
                wrong.append((rowNo, "incomplete"))
            elif not iban.isIban(account):
                wrong.append((rowNo, "bad_account"))
            elif active not in ("yes", "no"):
                wrong.append((rowNo, "bad_active"))
            else:
                found.append(Employee(number, name, account, active == "yes"))
    except (csv.Error, UnicodeDecodeError):
        raise SheetError("staff file: not a CSV file in UTF-8")
    return found, wrong
