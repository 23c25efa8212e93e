"""Verify the audit trail."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option, open_bare


@click.group()
def audit() -> None:
    """Verify the audit trail."""


@audit.command()
@instance_option
@click.option(
    "--head", default="", metavar="SEAL",
    help="A head that was noted earlier: fails when the trail no longer contains it.",
)  # fmt: skip
def verify(instance: Path, head: str) -> None:
    """Walk the whole chain; print how many lines hold, and the head to note elsewhere.

    A trail whose end was cut off still holds by itself. Only a head that was noted outside the
    machine shows the cut: give it with --head.
    """
    from tracker.services.audit import queries as audit_queries

    with open_bare(instance):
        verdict = audit_queries.verify(noted=head)
        if not verdict.intact:
            raise click.ClickException(
                f"The audit trail is broken at line {verdict.broken_at}: {verdict.reason}."
            )
        click.echo(f"{verdict.lines} lines, every one holds.\nHead: {verdict.head}")
