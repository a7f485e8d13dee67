import pytest

from tests.office import Office


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    made.staff()
    return made
