"""The total grows by what is added, and survives a restart."""


def test_add(subject, add):
    before = subject.http("GET", "/total").json()["total"]
    assert add(2) - before == 2  # not `== before + 2`, which is true of numbers so large that two does not matter


def test_restart(subject, add):
    total = add(1)
    subject.restart()
    assert subject.http("GET", "/total").json() == {"total": total}


def test_sum(subject):
    done = subject.cli(["sum", "1", "2"])
    assert (done.code, done.stdout) == (0, "3\n")
