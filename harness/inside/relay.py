"""Carries connections to 127.0.0.1:PORT on to the gateway's socket. A box has no network.

Where all programs of a box share a loopback it runs as the keeper: the first frame in is {"port", "path"}, and this
and every later one is answered by {"op": "ready"}. Elsewhere it runs beside each command, as the agent, with the path,
the port and the command as its arguments. One thread, however many clients: a box has few processes to spare.
"""

import contextlib
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time

MOST = 128  # clients at a time
PIECE = 1 << 16  # bytes


def main() -> int:
    """Relay while the command runs, or until the orchestrator hangs up; the exit status."""
    if len(sys.argv) > 1:
        path, port, *command = sys.argv[1:]
        return beside(command, path, int(port))
    from harness.inside.wire import Wire

    wire = Wire()
    order = wire.receive()
    if order is not None:
        start(order["path"], order["port"])
    while order is not None:
        wire.send({"op": "ready"})
        order = wire.receive()
    return 0


def beside(command: list[str], path: str, port: int) -> int:
    """Run a command while relaying; its exit status, as a shell tells it."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which the command inherits
    with open("/proc/self/comm", "w", encoding="ascii") as name:  # noqa: PTH123
        name.write("with-gateway")  # an agent that ends its own servers by `pkill python3` shall not end this
    start(path, port)
    try:
        code = subprocess.call(command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    return code if code >= 0 else 128 - code


def start(path: str, port: int) -> None:
    """Relay from now on, in a thread."""
    threading.Thread(target=Relay(path, listener(port)).serve, daemon=True).start()


def listener(port: int) -> socket.socket:
    """The port, which a relay before us may be about to leave."""
    for left in reversed(range(20)):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=MOST)
        except OSError:
            if not left:
                raise
            time.sleep(0.1)
    raise AssertionError


class End:
    """One end of a connection: what comes in here goes out at `other`."""

    other: "End"

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.late = b""  # came in, and `other` has yet to take it
        self.last = False  # nothing more comes in
        self.ended = False  # and `other` knows
        self.awaited = 0  # events


class Relay:
    """The connections that are carried to the socket at `path`."""

    def __init__(self, path: str, door: socket.socket) -> None:
        self.path, self.door = path, door
        self.clients = 0
        self.selector = selectors.DefaultSelector()
        door.setblocking(False)
        self.selector.register(door, selectors.EVENT_READ)

    def serve(self) -> None:
        """Carry what can be carried, for ever."""
        while True:
            for key, events in self.selector.select():
                if key.data is None:
                    self.enter()
                elif key.data.sock.fileno() != -1:  # else it was closed a moment ago, with its other end
                    self.move(key.data, events)

    def enter(self) -> None:
        """Let a client in, or turn it away when there are too many or the gateway takes no more."""
        try:
            client, _ = self.door.accept()
        except OSError:  # it has left already
            return
        gateway = socket.socket(socket.AF_UNIX)
        gateway.setblocking(False)  # to wait in line for one client would hold up all
        try:
            if self.clients >= MOST:
                raise BlockingIOError
            gateway.connect(self.path)
        except OSError:
            gateway.close()
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one, other = End(client), End(gateway)
        one.other, other.other = other, one
        self.clients += 1
        self.look(one)
        self.look(other)

    def move(self, end: End, events: int) -> None:
        """Do what `events` say can be done at an end."""
        try:
            if events & selectors.EVENT_READ:
                carry(end)
            if events & selectors.EVENT_WRITE:
                carry(end.other)
        except OSError:  # one of them is gone, so the other goes too
            end.ended = end.other.ended = True
        if end.ended and end.other.ended:
            self.leave(end)
        else:
            self.look(end)
            self.look(end.other)

    def look(self, end: End) -> None:
        """Wait for what can be done next at an end: nothing is read that the other end does not take."""
        reads = selectors.EVENT_READ if not (end.late or end.last) else 0
        awaited = reads | (selectors.EVENT_WRITE if end.other.late else 0)
        if awaited == end.awaited:
            return
        if not awaited:
            self.selector.unregister(end.sock)
        elif not end.awaited:
            self.selector.register(end.sock, awaited, end)
        else:
            self.selector.modify(end.sock, awaited, end)
        end.awaited = awaited

    def leave(self, end: End) -> None:
        """Let go of both ends."""
        for one in (end, end.other):
            if one.awaited:
                self.selector.unregister(one.sock)
            one.sock.close()
        self.clients -= 1


def carry(end: End) -> None:
    """What came in at an end, out at the other, as much as it takes now. Raises OSError when either is gone."""
    with contextlib.suppress(BlockingIOError):
        if not (end.late or end.last):
            end.late = end.sock.recv(PIECE)
            end.last = not end.late
        if end.late:
            end.late = end.late[end.other.sock.send(end.late) :]
    if end.last and not (end.late or end.ended):
        end.ended = True
        end.other.sock.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main())
