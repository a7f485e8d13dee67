"""The counting lives in a file of its own."""


def test_book(subject):
    assert "def add" in subject.files()["book.py"]
    assert subject.call("book:add", 2, -1) == 1
