from shop import money


def test_percentages_round_half_up():
    assert money.percent_of(1005, 10) == 101
    assert money.percent_of(1004, 10) == 100
    assert money.percent_of(0, 90) == 0


def test_spread_adds_up():
    assert money.spread(100, [1, 1, 1]) == [34, 33, 33]
    assert money.spread(500, [3000, 1000]) == [375, 125]
    assert money.spread(7, [0, 0]) == [0, 0]
    assert sum(money.spread(999, [17, 4, 2250, 1])) == 999


def test_show():
    assert money.show(1205) == "12.05"
