"""Runs a command beside a relay from 127.0.0.1:PORT to the gateway's socket. For boxes where each command has a
loopback of its own; an agent's user runs it. Arguments: the socket, the port, the command.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import threading


def main() -> int:
    """Relay while the command runs; its exit status."""
    path, port, *command = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=128)
    threading.Thread(target=accept, args=(listener, path), daemon=True).start()
    try:
        code = subprocess.call(command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    return code if code >= 0 else 128 - code


def accept(listener: socket.socket, path: str) -> None:
    """Relay every connection."""
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gateway = socket.socket(socket.AF_UNIX)
        gateway.connect(path)
        for one, other in ((client, gateway), (gateway, client)):
            threading.Thread(target=carry, args=(one, other), daemon=True).start()


def carry(source: socket.socket, target: socket.socket) -> None:
    """One direction, to its end."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
