"""One row of a sheet, as text that has not been believed yet."""


class SheetRow:
    def __init__(self, rowNo, name, account, amountText, amountCents, reference):
        self.rowNo = rowNo
        self.name = name
        self.account = account
        self.amountText = amountText
        self.amountCents = amountCents  # None: cannot be read as an amount
        self.reference = reference
