"""The box's end of the line to the model gateway where the box does not see its socket. Runs as the keeper.

The first frame in, {"port", "path"}, says where clients connect: to that port of 127.0.0.1, or to a socket of that
path. Each connection is carried to the orchestrator in frames. Both ways: {"op": "data", "id", "data"} (base64; "" is
the end of what that side sends). Out: {"op": "ready"}, {"op": "open", "id"}, {"op": "cut", "id"} when all is over, and
{"op": "taken", "id", "n"} when a client has taken n bytes, so that one that does not read holds up only itself. The
orchestrator always reads. Two threads, however many clients: a box has few processes to spare.
"""

import base64
import contextlib
import itertools
import os
import selectors
import socket
import threading
import time

from harness.inside.wire import Wire

MOST = 128  # clients at a time
PIECE = 1 << 16  # bytes


def main() -> None:
    """Serve until the orchestrator hangs up."""
    wire = Wire()
    where = wire.receive()
    if where is None:
        return
    forwarder = Forwarder(wire, listeners(where["path"], where["port"]))
    threading.Thread(target=forwarder.serve, daemon=True).start()
    wire.send({"op": "ready"})
    while (frame := wire.receive()) is not None:
        forwarder.take(frame["id"], base64.b64decode(frame["data"]))


def listeners(path: str, port: int) -> list[socket.socket]:
    """The unix socket and the port, which a forwarder before us may be about to leave."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(path)
    os.chmod(path, 0o666)  # noqa: PTH101, S103 - the agent is another user
    unix.listen(MOST)
    for left in reversed(range(20)):
        try:
            return [unix, socket.create_server(("127.0.0.1", port), backlog=MOST)]
        except OSError:
            if not left:
                raise
            time.sleep(0.1)
    raise AssertionError


class Client:
    """One connection; `out` is what it has yet to take, `ended` says that no more is to come."""

    def __init__(self, number: int, sock: socket.socket) -> None:
        self.number, self.sock = number, sock
        self.out = bytearray()
        self.ended = self.reads_ended = False
        self.lock = threading.Lock()


class Forwarder:
    """The clients. `serve` reads from them; `take`, in another thread, writes to them and leaves `serve` the rest."""

    def __init__(self, wire: Wire, doors: list[socket.socket]) -> None:
        self.wire, self.doors = wire, doors
        self.clients: dict[int, Client] = {}
        self.numbers = itertools.count(1)
        self.selector = selectors.DefaultSelector()
        self.wake, self.woken = socket.socketpair()
        for quiet in (self.wake, self.woken, *doors):
            quiet.setblocking(False)
        self.selector.register(self.woken, selectors.EVENT_READ, "wake")
        for door in doors:
            self.selector.register(door, selectors.EVENT_READ, "door")

    def serve(self) -> None:
        """Move what can be moved, for ever."""
        while True:
            for key, events in self.selector.select():
                if key.data == "door":
                    self.open(key.fileobj)  # type: ignore[arg-type]
                elif key.data == "wake":
                    with contextlib.suppress(BlockingIOError):
                        self.woken.recv(4096)
                else:
                    if events & selectors.EVENT_READ:
                        self.read(key.data)
                    if events & selectors.EVENT_WRITE:
                        self.write(key.data)
            for client in list(self.clients.values()):
                self.look(client)

    def open(self, door: socket.socket) -> None:
        """Let a client in, or turn it away when there are too many."""
        with contextlib.suppress(OSError):
            sock, _ = door.accept()
            if len(self.clients) >= MOST:
                sock.close()
                return
            sock.setblocking(False)
            if sock.family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Client(next(self.numbers), sock)
            self.clients[client.number] = client
            self.selector.register(sock, selectors.EVENT_READ, client)
            self.wire.send({"op": "open", "id": client.number})

    def read(self, client: Client) -> None:
        """What a client says."""
        try:
            data = client.sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data, client.ended = b"", True
            client.out.clear()
        client.reads_ended = not data
        self.wire.send({"op": "data", "id": client.number, "data": base64.b64encode(data).decode()})

    def take(self, number: int, data: bytes) -> None:
        """What a client is told; b"" ends it."""
        client = self.clients.get(number)
        if client is None:
            return
        with client.lock:
            client.ended = client.ended or not data
            client.out += data
        self.write(client)
        if client.out or client.ended:
            with contextlib.suppress(BlockingIOError):
                self.wake.send(b"x")

    def write(self, client: Client) -> None:
        """As much as the client takes now."""
        with client.lock:
            try:
                taken = client.sock.send(client.out) if client.out else 0
            except BlockingIOError:
                return
            except OSError:
                client.ended, taken = True, 0
                client.out.clear()
            del client.out[:taken]
        if taken:
            self.wire.send({"op": "taken", "id": client.number, "n": taken})

    def look(self, client: Client) -> None:
        """Wait for what this client can still do; let it go when that is nothing."""
        if client.ended and not client.out:
            del self.clients[client.number]
            with contextlib.suppress(KeyError):
                self.selector.unregister(client.sock)
            client.sock.close()
            self.wire.send({"op": "cut", "id": client.number})
            return
        wanted = (0 if client.reads_ended else selectors.EVENT_READ) | (selectors.EVENT_WRITE if client.out else 0)
        known = self.selector.get_map().get(client.sock)
        if known is not None and not wanted:
            self.selector.unregister(client.sock)
        elif known is None and wanted:
            self.selector.register(client.sock, wanted, client)
        elif known is not None and known.events != wanted:
            self.selector.modify(client.sock, wanted, client)


if __name__ == "__main__":
    main()
