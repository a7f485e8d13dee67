"""Arithmetic on whole cents. Nothing in here, or anywhere else, is a float."""


def percent_of(cents, percent):
    """`percent` per cent of `cents`, rounded half up to a whole cent."""
    return (2 * cents * percent + 100) // 200


def spread(total, weights):
    """Split `total` in proportion to `weights` so that the parts add up exactly.

    Largest remainder; on equal remainders the earlier part gets the cent.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i)
    )
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def show(cents):
    """For people: 1250 -> '12.50'."""
    return f"{cents // 100}.{cents % 100:02d}"
