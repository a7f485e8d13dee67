"""Reading fields out of a JSON body, or saying what is wrong with them."""

from shop.errors import invalid

_REQUIRED = object()
_LARGEST = 10**12  # cents or seconds; sums of these still fit into the database


def whole(body, name, minimum=0, maximum=_LARGEST, default=_REQUIRED):
    value = _take(body, name, default)
    if value is None and default is None:
        return None
    if type(value) is not int or not minimum <= value <= maximum:
        raise invalid(f"{name} must be a whole number, {minimum} to {maximum}")
    return value


def text(body, name, default=_REQUIRED):
    value = _take(body, name, default)
    if value is None and default is None:
        return None
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise invalid(f"{name} must be a non-empty string of printable characters")
    return value.strip()


def items(body, name, maximum=None, default=_REQUIRED):
    """A list of objects."""
    value = _take(body, name, default)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"{name} must be a list of objects")
    if maximum is not None and len(value) > maximum:
        raise invalid(f"{name} takes {maximum} at most")
    return value


def _take(body, name, default):
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object")
    if name in body:
        return body[name]
    if default is _REQUIRED:
        raise invalid(f"{name} is missing")
    return default
