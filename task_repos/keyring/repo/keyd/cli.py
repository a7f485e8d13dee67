"""python3 -m keyd serve | replay | run | export"""

from __future__ import annotations

import argparse
import json
import runpy
from pathlib import Path

from keyd.config import Config
from keyd.service import Keyring
from keyd.wsgi import App


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="keyd")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the HTTP service")
    replay = commands.add_parser("replay", help="run a script of requests in memory")
    replay.add_argument("script", type=Path)
    replay.add_argument("--log", type=Path, help="start from this export, not from nothing")
    run = commands.add_parser("run", help="run main(keyring) of a Python file in memory")
    run.add_argument("file", type=Path)
    run.add_argument("--log", type=Path, help="start from this export, not from nothing")
    commands.add_parser("export", help="write the log as JSON lines, for the backups")
    args = parser.parse_args(argv)
    return {"serve": _serve, "replay": _replay, "run": _run, "export": _export}[args.command](args)


def _stored() -> Keyring:
    config = Config.from_env()
    config.data.mkdir(parents=True, exist_ok=True)
    return Keyring(config.data / "keyd.db", config)


def _scratch(log: Path | None) -> Keyring:
    keyring = Keyring(":memory:", Config.from_env())
    if log is not None:
        keyring.load(log.read_text().splitlines())
    return keyring


def _serve(args: argparse.Namespace) -> int:
    from keyd import server

    server.serve(_stored(), Config.from_env().port)
    return 0


def _replay(args: argparse.Namespace) -> int:
    """A script is a JSON list of {method, path, body?, headers?}; answers go to stdout."""
    app = App(_scratch(args.log))
    for request in json.loads(args.script.read_text()):
        body = json.dumps(request["body"]) if "body" in request else ""
        headers = {"x-actor": "replay"}
        headers |= {name.lower(): value for name, value in request.get("headers", {}).items()}
        status, extra, answer = app.answer(request["method"], request["path"], headers, body)
        print(json.dumps({"status": status, "headers": extra, "body": answer}))
    return 0


def _run(args: argparse.Namespace) -> int:
    """What main(keyring) returns is printed as JSON."""
    main = runpy.run_path(str(args.file))["main"]
    print(json.dumps(main(_scratch(args.log))))
    return 0


def _export(args: argparse.Namespace) -> int:
    for line in _stored().log.export():
        print(line)
    return 0
