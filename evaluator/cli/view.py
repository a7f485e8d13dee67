"""relaybench view"""

from __future__ import annotations

import socket
from pathlib import Path

import click

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")  # the last as a browser writes it


@click.command(name="view")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--port", type=click.IntRange(0, 65_535), default=8712, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--open/--no-open", "browse", default=True, show_default=True, help="Open a browser.")
def command(runs: tuple[Path, ...], port: int, host: str, browse: bool) -> None:
    """Show runs in a browser, and follow those in progress. RUNS are run folders or folders of them; default: ./runs.

    The pages are those of `relaybench report --html`, made when they are asked for. Only this machine can see them,
    unless --host says otherwise: there is no password.
    """
    from evaluator.web.follow import find_runs, follow_all
    from evaluator.web.serve import serve

    followed = follow_all(find_runs(list(runs or (Path("runs"),))), lambda line: click.echo(line, err=True))
    listener = _listen(host, port)
    address = f"http://{_named(host)}:{listener.getsockname()[1]}/"
    hosts = LOOPBACK if host in LOOPBACK else ("*",)
    click.echo(f"{address}   (Ctrl-C ends it)")
    if host not in LOOPBACK:
        click.echo(f"Whoever reaches {host} can read these runs.", err=True)
    if browse:
        click.launch(address)
    serve(followed, hosts, listener)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise click.UsageError(
            f"{host}:{port} cannot be listened on: {error.strerror}. Choose another with --port (0: any that is free)."
        ) from error


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host
