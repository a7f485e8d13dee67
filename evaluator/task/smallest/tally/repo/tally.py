import json
import sys
from pathlib import Path


def add(total, amount):
    if amount < 0:
        raise ValueError("negative")
    return total + amount


def serve(port, data):
    from http.server import BaseHTTPRequestHandler, HTTPServer

    store = Path(data) / "total"

    def total():
        return int(store.read_text()) if store.exists() else 0

    class Handler(BaseHTTPRequestHandler):
        def answer(self, value):
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer({"total": total()})

        def do_POST(self):
            amount = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["amount"]
            store.write_text(str(add(total(), amount)))
            self.answer({"total": total()})

        def log_message(self, *_):
            pass

    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), sys.argv[3])
    else:
        result = 0
        for word in sys.argv[2:]:
            result = add(result, int(word))
        print(result)
