"""relaybench task new"""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="new")
@click.argument("name")
@click.option("--owner", "owners", multiple=True, metavar="@WHO", help="Who answers for it. Repeatable.")
@click.option(
    "--into",
    default=Path("task_repos"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to put it in.",
)
def command(name: str, owners: tuple[str, ...], into: Path) -> None:
    """Begin a task: a small one that works, with a sentence in each file on what belongs there.

    It passes every gate but one: `relaybench task check` lists the sentences until the last is gone.
    """
    from evaluator.task.new import new_task

    folder = new_task(into / name, owners or ("@owner",))
    click.echo(
        f"{folder} is a small task that works. Make it yours file by file; lines with FINISH say what belongs there.\n"
        f"relaybench task check {folder}   proves it, and lists what is left\n"
        f"relaybench task show {folder}    shows what an agent will see"
    )
