"""python3 -m shop serve | replay | dump"""

import argparse
import json
import sys
from pathlib import Path

from shop.app import Shop
from shop.store import Store


def main(argv=None):
    parser = argparse.ArgumentParser(prog="shop")
    commands = parser.add_subparsers(dest="command", required=True)

    serve = commands.add_parser("serve", help="run the HTTP service")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--data", type=Path, required=True, help="directory of the database")

    replay = commands.add_parser("replay", help="run a script of requests in a scratch shop")
    replay.add_argument("script", type=Path)
    replay.add_argument("--dump", type=Path, help="start from this backup, not from nothing")

    dump = commands.add_parser("dump", help="write the database as SQL, for the backups")
    dump.add_argument("--data", type=Path, required=True)

    args = parser.parse_args(argv)
    return {"serve": _serve, "replay": _replay, "dump": _dump}[args.command](args)


def _serve(args):
    from shop import web  # http.server is slow to import and only needed here

    args.data.mkdir(parents=True, exist_ok=True)
    web.serve(Shop(Store(args.data / "shop.db")), args.port)


def _replay(args):
    """A script is a JSON list of {method, path, body?, headers?}; answers go to stdout."""
    dump = args.dump.read_text() if args.dump else None
    shop = Shop(Store(":memory:", dump))
    for request in json.loads(args.script.read_text()):
        body = json.dumps(request["body"]) if "body" in request else ""
        headers = {name.lower(): value for name, value in request.get("headers", {}).items()}
        status, extra, answer = shop.answer(request["method"], request["path"], headers, body)
        print(json.dumps({"status": status, "headers": extra, "body": answer}))
    return 0


def _dump(args):
    sys.stdout.write(Store(args.data / "shop.db").dump())
    return 0
