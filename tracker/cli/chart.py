"""Draw pictures into files: a patient's progress, or every picture there is of nobody."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option


@click.group()
def chart() -> None:
    """Draw a patient's progress, or a gallery of all pictures, into files."""


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


@chart.command()
@click.option(
    "--output", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write into; it is made where there is none.",
)  # fmt: skip
@click.option("--state", "states", multiple=True, help="Only these: none, one, few, 60, 10000.")
def gallery(output: Path, states: tuple[str, ...]) -> None:
    """Draw every picture of the product in every state, of made-up people, with an index.html."""
    from tracker.services.demo import gallery as demo_gallery

    unknown = sorted({*states} - {*demo_gallery.STATES})
    if unknown:
        known = ", ".join(demo_gallery.STATES)
        raise click.ClickException(f"There is no state {unknown[0]}. Those there are: {known}.")
    shown = []
    try:
        output.mkdir(parents=True, exist_ok=True)
        for one in demo_gallery.pictures(states or demo_gallery.STATES):
            for look in one.looks:
                (output / one.file_name(look)).write_bytes(one.content(look))
            shown.append(one)
        (output / "index.html").write_text(demo_gallery.index(shown), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    files = sum(len(one.looks) for one in shown)
    click.echo(f"Written: {files} pictures, and {output / 'index.html'}")
