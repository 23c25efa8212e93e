"""Draw a patient's progress into a file."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option


@click.group()
def chart() -> None:
    """Draw a patient's progress into a file."""


@chart.command()
@instance_option
@click.option("--patient", required=True, metavar="RECORD-NUMBER", help="Whose progress.")
@click.option(
    "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, ending in .svg or .png.",
)  # fmt: skip
def progress(instance: Path, patient: str, output: Path) -> None:
    """Draw the progress picture of one patient, without a name in it."""
    kind = output.suffix.lower().lstrip(".")
    if kind not in {"svg", "png"}:
        raise click.ClickException("Name a file that ends in .svg or .png.")
    from tracker.cli.instance import open_instance

    with open_instance(instance) as by:
        from tracker.services.patients import search as patient_search
        from tracker.services.progress import pictures as progress_pictures

        patient_id = patient_search.find(patient, by=by)
        picture = progress_pictures.progress_picture(patient_id, kind=kind, by=by)
        try:
            output.write_bytes(picture)
        except OSError as error:
            raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written: {output}")
