import asyncio
import re
import threading

import pytest
from read_pages import read_page

from evaluator.report.site.write import ASSETS, write_site
from evaluator.run.folder import RunFolder
from evaluator.web import app, follow


def says(text):
    return re.sub(r"\s+", " ", read_page(text).text)


def test_every_page_of_a_written_report_is_served(store_run, make_trial, browse, tmp_path):
    run = store_run(
        "run", make_trial("a"), make_trial("b"), make_trial("b", "u", broken=True), make_trial("a", variant="clear")
    )
    write_site([run], tmp_path / "report")
    client = browse(run)
    files = [file for file in (tmp_path / "report").rglob("*") if file.is_file()]
    assert len(files) > 12
    for file in files:
        answer = client.get(f"/{file.relative_to(tmp_path / 'report')}")
        assert answer.status_code == 200, file
        if file.suffix == ".html":
            served, written = says(answer.text), says(file.read_text())
            assert served.replace(" Show", "") == written.replace(" Show", ""), file
        else:
            assert answer.content == file.read_bytes()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("site.css", "text/css"),
        ("site.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
        ("follow.js", "text/javascript"),
    ],
)
def test_files_come_as_what_they_are(name, kind, run, browse):
    assert name in ASSETS
    client = browse(run)
    answer = client.get(f"/assets/{name}")
    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_way_in(run, store_run, make_trial, browse):
    client = browse(run)
    assert client.get("/", follow_redirects=False).headers["location"] == "/index.html"
    client = browse(run, store_run("other", make_trial("zeta")))
    assert "zeta" in client.get("/").text
    assert client.get("/other", follow_redirects=False).headers["location"] == "/other/index.html"
    assert client.get("/other/", follow_redirects=False).headers["location"] == "/other/index.html"
    assert "zeta" in client.get("/other/agents/zeta.html").text
    assert client.get("/run/agents/zeta.html").status_code == 404
    assert client.get("/assets/site.css").status_code == client.get("/other/assets/site.css").status_code == 200


def test_runs_of_the_same_name_are_all_served(store_run, make_trial, browse):
    client = browse(*[store_run(f"copy-{n}", make_trial(f"agent-{n}"), id="same") for n in (1, 2)])
    assert "agent-1" in client.get("/same/index.html").text
    assert "agent-2" in client.get("/same~2/index.html").text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_it_answers_to_its_own_names(host, run, browse):
    client = browse(run, host=host)
    assert client.get("/index.html").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0", ""])
def test_it_does_not_answer_to_another_name(host, run, browse):
    client = browse(run)
    answer = client.get("/index.html", headers={"host": host})
    assert answer.status_code == 400
    assert "run" not in answer.text


def test_on_request_it_answers_to_everybody(run, browse):
    client = browse(run, hosts=("*",))
    assert client.get("/index.html", headers={"host": "build-7.example"}).status_code == 200


@pytest.mark.parametrize("path", ["/index.html", "/nothing", "/assets/site.js", "/", "/trials/x/index.html"])
def test_every_answer_has_its_headers(path, run, browse):
    client = browse(run)
    headers = client.get(path, follow_redirects=False).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


NOWHERE = [
    "nothing.html", "trials", "trials/", "trials/x", "trials/x/index.html", "trials/a--t--1", "trials/a--t--1/",
    "trials/a--t--1/index", "trials/a--t--1/result.json", "trials/a--t--1/events.jsonl", "run.json", "summary.json",
    "trials/../run.json", "..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "assets/../run.json", "assets/",
    "assets", "assets/..%2fsite.py", "/etc/passwd", "//evil.example/", "trials-0.html", "trials-1.html.html",
    "trials--1.html",
    "trials-" + "9" * 5000 + ".html", "trials-99.html", "trials-\u0662.html", "agents/%00.html", "index.html/",
    "INDEX.HTML", "trials/.partial-a--t--1.live/index.html", "compare/a~~a.html", "events/x",
]  # fmt: skip


def test_there_is_nothing_but_pages(run, store, make_trial, browse):
    store(make_trial())
    client = browse(run)
    for path in NOWHERE:
        answer = client.get(f"/{path}", follow_redirects=False)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text == "There is no such page.\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_can_be_read_and_nothing_else(method, run, browse):
    client = browse(run)
    assert client.ask(method, "/index.html").status_code == 405


def test_a_list_is_asked_for_in_its_address(run, store, make_trial, browse, monkeypatch):
    monkeypatch.setattr(app, "ROWS", 3)
    for agent, attempt in (("a", 1), ("a", 2), ("b", 1), ("b", 2), ("b", 3), ("b", 4)):
        store(make_trial(agent, attempt=attempt, strict=(attempt == 1,)))
    client = browse(run)

    def rows(address):
        return re.findall(r'<tr data-agent="(\w)"', client.get(address).text)

    assert rows("/trials.html") == ["a", "a", "b"]
    assert rows("/trials-2.html") == ["b", "b", "b"]
    assert rows("/trials.html?agent=a") == ["a", "a"]
    assert rows("/trials-2.html?agent=b") == ["b"]
    assert rows("/trials.html?outcome=solved") == ["a", "b"]
    assert rows("/trials.html?agent=a&outcome=solved&task=t") == ["a"]
    assert rows("/trials.html?agent=%3Cscript%3E") == []
    assert "<script>" not in client.get("/trials.html?agent=<script>&task=%22%3E<script>").text
    assert 'value="b" selected' in client.get("/trials.html?agent=b").text
    assert client.get("/trials-3.html").status_code == 404
    assert client.get("/trials-2.html?agent=a").status_code == 404


def test_a_page_is_as_of_now(run, store, rewrite, make_trial, browse):
    client = browse(run)
    assert "No trial is stored yet" in client.get("/index.html").text
    store(make_trial(score=0.4))
    client.followed[0].look()
    assert "agents/a.html" in client.get("/index.html").text
    assert '<span class="big">40</span>' in client.get("/index.html").text
    rewrite(make_trial(score=0.8))
    client.followed[0].look()
    assert '<span class="big">80</span>' in client.get("/index.html").text


def test_a_running_trial_has_a_page_of_what_was_said_so_far(run, store, make_trial, message, browse):
    client = browse(run)
    with RunFolder(run) as folder:
        with folder.live("a--t--1") as note:
            note(message("it <b>breaks</b>"))
            client.followed[0].look()
            assert 'href="trials/a--t--1/index.html"' in client.get("/index.html").text
            text = client.get("/trials/a--t--1/index.html").text
            assert "Trial, running" in text
            assert "it &lt;b&gt;breaks&lt;/b&gt;" in text
            before = state(text)
            note(message("and more", at=2))
            text = client.get("/trials/a--t--1/index.html").text
            assert "and more" in text
            assert state(text) != before
            assert client.get("/trials/a--t--1/steps-1.html").status_code == 404
        client.followed[0].look()
        assert client.get("/trials/a--t--1/index.html").status_code == 404
        store(make_trial(), [message("it breaks")])
        client.followed[0].look()
        assert "The score, number by number" in client.get("/trials/a--t--1/index.html").text


def test_a_trial_that_runs_again_is_followed_and_its_earlier_pages_stay(run, store, make_trial, message, browse):
    store(make_trial(broken=True))
    with RunFolder(run) as folder, folder.live("a--t--1") as note:
        client = browse(run)
        note(message("once more"))
        assert "Trial, running" in client.get("/trials/a--t--1/index.html").text


def state(text):
    return re.search(r'data-live="([^"]+)"', text)[1]


def stream(followed, page, since):
    """The stream of changes, as a page hears it."""
    return app._changes(lambda: followed.state(page), [followed], since)


def hear(changes, count, within_s=5.0):
    async def heard():
        found = []
        async with asyncio.timeout(within_s):
            async for said in changes:
                found += [said] if "changed" in said else []
                if len(found) == count:
                    return found
        return found

    return asyncio.run(heard())


def test_a_page_hears_of_a_change(run, store, make_trial, monkeypatch):
    monkeypatch.setattr(app, "LOOK_S", 0.01)
    followed = follow.Followed(run)
    since = followed.state("index.html")

    def change():
        store(make_trial())
        followed.look()

    threading.Timer(0.1, change).start()
    assert hear(stream(followed, "index.html", since), 1) == [f"event: changed\ndata: {followed.state('')}\n\n"]


def test_a_page_that_missed_a_change_hears_of_it_at_once(run, store, make_trial, browse):
    client = browse(run)
    since = state(client.get("/index.html").text)
    store(make_trial())
    client.followed[0].look()
    assert len(hear(stream(client.followed[0], "index.html", since), 1)) == 1


def test_only_the_page_of_a_running_trial_hears_of_its_events(run, message, monkeypatch):
    monkeypatch.setattr(app, "LOOK_S", 0.01)
    with RunFolder(run) as folder, folder.live("a--t--1") as note:
        followed = follow.Followed(run)
        page = "trials/a--t--1/index.html"
        both = (
            stream(followed, page, followed.state(page)),
            stream(followed, "index.html", followed.state("index.html")),
        )
        note(message("it breaks"))
        assert len(hear(both[0], 1)) == 1
        with pytest.raises(TimeoutError):
            hear(both[1], 1, within_s=0.2)


def test_the_stream_shows_signs_of_life_and_ends_with_the_viewer(run, monkeypatch):
    monkeypatch.setattr(app, "LOOK_S", 0.01)
    monkeypatch.setattr(app, "ALIVE_S", 0.05)
    followed = follow.Followed(run)
    threading.Timer(0.3, followed.close).start()

    async def heard():
        return [said async for said in stream(followed, "index.html", followed.state("index.html"))]

    found = asyncio.run(heard())
    assert found[0] == ": following\n\n"
    assert set(found[1:]) == {": still here\n\n"}


def test_the_stream_is_served_to_each_run_and_to_all(run, store_run, make_trial, browse):
    other = store_run("other", make_trial())
    client = browse(run, other)
    for one in client.followed:
        one.close()  # so that the streams end
    for address in ("/events", "/other/events", "/run/events?page=index.html&since=1"):
        answer = client.get(address)
        assert answer.headers["content-type"].startswith("text/event-stream"), address
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text.startswith(": following")


def test_the_page_over_all_runs_follows_them_all(run, store, store_run, make_trial, browse):
    client = browse(run, store_run("other", make_trial()))
    before = state(client.get("/index.html").text)
    store(make_trial("zeta"))
    client.followed[0].look()
    text = client.get("/index.html").text
    assert state(text) != before
    assert "zeta" in text


def test_pages_of_the_whole_run_are_made_once_for_each_of_its_states(run, store, make_trial, browse, monkeypatch):
    made = []
    original = app.makers
    monkeypatch.setattr(app, "makers", lambda site: made.append(site) or original(site))
    store(make_trial())
    client = browse(run)
    for _ in range(3):
        client.get("/index.html")
    assert len(made) == 1
    store(make_trial(attempt=2))
    client.followed[0].look()
    client.get("/index.html")
    assert len(made) == 2
