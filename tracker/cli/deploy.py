"""Print the files that run the tracker on a machine: proxy, services, timers."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option

KINDS = ("caddy", "nginx", "systemd", "cron", "postgresql")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@instance_option
@click.option("--port", default=8000, show_default=True, help="Port that the tracker serves on.")
@click.option("--to", metavar="DIR", help="Write the files into a folder instead.")
def deploy(kind: str, instance: Path, port: int, to: str | None) -> None:
    """Print what a machine needs: a proxy's file, what runs by itself, users of PostgreSQL.

    Filled in with the settings of this instance, TRACKER_ADDRESS above all. Secrets are left out.
    """
    from tracker import config
    from tracker.services.system import deployment

    made = deployment.files(kind, config.read(instance), deployment.here(port))
    if to is not None:
        _write(Path(to), made)
        return
    for name, text in made.items():
        if len(made) > 1:
            click.echo(f"# --- {name} ---")
        click.echo(text)


def _write(folder: Path, made: dict[str, str]) -> None:
    """Write all of it, or nothing where a file is there already."""
    if there := [name for name in made if (folder / name).exists()]:
        raise click.ClickException(
            f"There is {', '.join(there)} in {folder}. Move it away, or name another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600 if name.endswith(".env") else 0o644)
        click.echo(f"Written: {path}")
