import pytest


@pytest.fixture
def add(subject):
    return lambda amount: subject.http("POST", "/add", json={"amount": amount}).json()["total"]
