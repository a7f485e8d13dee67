"""The one exception that becomes an answer."""


class ShopError(Exception):
    """A request that cannot be served; `status`, `code` and `message` are what the client sees."""

    def __init__(self, status, code, message, **details):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self):
        error = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message):
    return ShopError(400, "invalid", message)


def not_found(what, name):
    return ShopError(404, f"unknown_{what}", f"no such {what}: {name}")


def conflict(code, message, **details):
    return ShopError(409, code, message, **details)
