import threading

import pytest
from hostile_trial import hostile_call

from evaluator.report.site import addresses
from evaluator.run.folder import RunError, RunFolder
from evaluator.web import follow
from evaluator.web.follow import Followed, find_runs, follow_all


def seen(followed):
    """Whether there was something new, by what the page of the run is called."""
    before = followed.state(addresses.INDEX)
    assert followed.look() == (followed.state(addresses.INDEX) != before)
    return followed.state(addresses.INDEX) != before


def test_a_trial_that_is_stored_is_seen(run, store, make_trial):
    followed = Followed(run)
    assert not followed.site.trials
    assert not seen(followed)
    store(make_trial())
    assert seen(followed)
    assert list(followed.site.trials) == ["a--t--1"]
    assert not seen(followed)


def test_only_what_is_new_is_read(run, store, make_trial, monkeypatch):
    store(make_trial())
    followed = Followed(run)
    read = []
    original = follow.read_result
    monkeypatch.setattr(follow, "read_result", lambda *given: read.append(given[1]) or original(*given))
    store(make_trial(attempt=2))
    assert seen(followed)
    assert read == ["a--t--2"]
    assert len(followed.site.trials) == 2


def test_a_trial_that_was_scored_again_is_seen(run, store, rewrite, make_trial):
    store(make_trial(score=1.0))
    followed = Followed(run)
    rewrite(make_trial(score=0.5))
    assert seen(followed)
    assert followed.site.trials["a--t--1"].scores["composite"] == 50


def test_a_trial_that_is_gone_is_seen(run, store, make_trial):
    store(make_trial())
    followed = Followed(run)
    (run / "trials/a--t--1/events.jsonl").unlink()
    (run / "trials/a--t--1/result.json").unlink()
    (run / "trials/a--t--1").rmdir()
    assert seen(followed)
    assert not followed.site.trials


def test_a_running_trial_is_followed_event_by_event(run, message):
    with RunFolder(run) as folder, folder.live("a--t--1") as note:
        followed = Followed(run)
        page = addresses.trial("a--t--1")
        assert followed.site.running == ("a--t--1",)
        assert followed.so_far("a--t--1") == ([], [])
        before = followed.state(page), followed.state(addresses.INDEX)
        note(message("it breaks"))
        assert followed.so_far("a--t--1") == ([message("it breaks")], [])
        assert followed.state(page) != before[0]
        assert followed.state(addresses.INDEX) == before[1]
        assert not followed.look()


def test_a_running_trials_model_calls_are_followed_too(run):
    page = addresses.trial("a--t--1")
    with RunFolder(run) as folder, folder.live("a--t--1"):
        followed = Followed(run)
        before = followed.state(page)
        ledger = folder.models("a--t--1") / "ledger.jsonl"
        ledger.write_text(hostile_call("the-model").model_dump_json() + "\n")
        assert [call.model for call in followed.so_far("a--t--1")[1]] == ["the-model"]
        assert followed.state(page) != before


def test_half_an_event_is_not_told_yet(run, message):
    with RunFolder(run) as folder, folder.live("a--t--1") as note:
        note(message("it breaks"))
        with follow.live_events(run, "a--t--1").open("ab") as file:
            file.write(b'{"event": "mess')
        assert len(Followed(run).so_far("a--t--1")[0]) == 1


def test_nothing_but_running_trials_has_events(run, store, make_trial):
    store(make_trial())
    followed = Followed(run)
    assert followed.so_far("a--t--1") is None
    assert followed.so_far("../../etc") is None


def test_a_running_trial_costs_no_new_look_at_the_others(run, store, make_trial):
    store(make_trial())
    followed = Followed(run)
    findings = followed.site.findings
    with RunFolder(run) as folder, folder.live("a--t--2"):
        assert seen(followed)
        assert followed.site.running == ("a--t--2",)
        assert followed.site.findings is findings


def test_a_run_that_was_killed_runs_no_more(run, message):
    with RunFolder(run) as folder:
        live = folder.live("a--t--1")
        live.__enter__()(message("it breaks"))
        followed = Followed(run)
        assert followed.site.running == ("a--t--1",)
    assert follow.live_events(run, "a--t--1").exists()  # left behind, and nobody works in the folder
    assert seen(followed)
    assert followed.site.running == ()
    assert followed.so_far("a--t--1") is None


def test_looking_keeps_no_orchestrator_out(run):
    with RunFolder(run) as folder, folder.live("a--t--1"):
        pass
    live = follow.live_events(run, "a--t--1")
    live.parent.mkdir()
    live.touch()
    done = threading.Event()

    def look():
        followed = Followed(run)
        while not done.wait(0.005):
            followed.look()

    looking = [threading.Thread(target=look) for _ in range(3)]
    for thread in looking:
        thread.start()
    try:
        for _ in range(20):
            with RunFolder(run):
                live.parent.mkdir()
                live.touch()
    finally:
        done.set()
        for thread in looking:
            thread.join()


def test_a_summary_that_is_being_written_is_read_again_later(run, store, make_trial):
    followed = Followed(run)
    store(make_trial())
    whole = (run / "run.json").read_bytes()
    (run / "run.json").write_bytes(b"{")
    with pytest.raises(RunError):
        followed.look()
    assert not followed.site.trials
    (run / "run.json").write_bytes(whole)
    assert followed.look()
    assert list(followed.site.trials) == ["a--t--1"]


def test_whoever_watches_is_let_go(run, store, make_trial, soon, monkeypatch):
    monkeypatch.setattr(follow, "POLL_S", 0.01)
    followed = Followed(run)
    watching = threading.Thread(target=followed.watch)
    watching.start()
    store(make_trial())
    assert soon(lambda: followed.site.trials)
    (run / "run.json").write_bytes(b"{")  # does not end it
    followed.close()
    watching.join(5)
    assert not watching.is_alive()
    assert followed.closed


def test_a_later_viewer_calls_its_states_otherwise(run):
    assert Followed(run).state(addresses.INDEX) != Followed(run).state(addresses.INDEX)


def test_runs_are_found_in_folders_of_runs(run, tmp_path):
    assert find_runs([run]) == [run]
    assert find_runs([tmp_path, run]) == [run]
    with pytest.raises(RunError, match=r"is no run folder, and holds none\. Runs are written to \./runs"):
        find_runs([run / "trials"])


def test_each_run_knows_the_way_back_to_all(run, store_run, make_trial):
    said = []
    one, two = follow_all([run, store_run("other", make_trial())], said.append)
    assert (one.site.overview, two.site.overview) == ("../index.html", "../index.html")
    assert said[1].endswith("other: 1 trials")
    assert follow_all([run], said.append)[0].site.overview == ""
