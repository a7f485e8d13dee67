"""Finds the employee that a row is about."""

from paytrain import iban


class Rejected(Exception):
    """A row that is not booked; `reason` is one of the README's."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Matcher:
    def __init__(self, registry):
        self._registry = registry

    def employeeOf(self, row):
        """The employee of a row. Raises Rejected."""
        if not row.name.strip():
            raise Rejected("no_name")
        if not row.amountCents:
            raise Rejected("bad_amount")
        account = iban.cleanIban(row.account)
        if account and not iban.isIban(account):
            raise Rejected("bad_account")
        found = self._registry.named(row.name)
        if not found:
            raise Rejected("unknown_employee")
        if account:
            found = [employee for employee in found if employee.account == account]
            if not found:
                raise Rejected("account_mismatch")
        if len(found) > 1:
            raise Rejected("ambiguous_name")
        if not found[0].active:
            raise Rejected("inactive_employee")
        return found[0]
