"""The HTTP front: nothing but reading requests and writing answers."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY = 1 << 20


def serve(shop, port):
    server = ThreadingHTTPServer(("127.0.0.1", port), handlerFor(shop))
    server.daemon_threads = True
    server.serve_forever()


# camelCase below is what http.server asks for; the rest of it is older than the linter.
def handlerFor(shop):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handleAny(self):
            length = self.headers.get("Content-Length") or "0"
            if not length.isdecimal() or int(length) > MAX_BODY:
                self.close_connection = True
                return self.sendJson(413, {}, {
                    "error": {"code": "too_large", "message": "the body is over 1 MiB"}
                })
            body = self.rfile.read(int(length)).decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.sendJson(*shop.answer(self.command, self.path, headers, body))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handleAny

        def sendJson(self, status, headers, answer):
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format, *args):
            pass  # the proxy in front logs requests

    return Handler
