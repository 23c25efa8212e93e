"""Check the set-up and say what to do; list what the program is made of."""

from pathlib import Path

import click

from tracker.cli.instance import instance_option


@click.command()
@instance_option
@click.option("--deep", is_flag=True, help="Work every outcome out again, too, and compare.")
def doctor(instance: Path, *, deep: bool) -> None:
    """Check database, migrations, keys, file permissions, fonts and disk; say what to do."""
    from tracker import config
    from tracker.cli.instance import plain_errors
    from tracker.services.system import doctor as system_doctor

    with plain_errors():
        settings = config.read(instance, open_keys=True)
    wrong = to_do = 0
    for check in system_doctor.run_checks(settings):
        state = "ok  " if check.ok else "to do" if check.to_do else "WRONG"
        click.echo(f"{state} {check.name:<9} {check.result}")
        if not check.ok:
            to_do, wrong = to_do + check.to_do, wrong + (not check.to_do)
            click.echo(f"      {check.advice}")
    if deep:
        wrong += _outcomes_differ(instance)
    if wrong:
        raise click.ClickException(f"{wrong} to put right.")
    click.echo(f"In order, with {to_do} to do." if to_do else "All in order.")


@click.command()
@click.option("--cyclonedx", is_flag=True, help="As a bill of materials (CycloneDX 1.6, JSON).")
def packages(*, cyclonedx: bool) -> None:
    """List every package that is installed with the tracker, with its version.

    Nothing is asked of anybody. Whoever knows of weaknesses reads the list with --cyclonedx.
    """
    import json

    from tracker.services.system import packages as system_packages

    if cyclonedx:
        click.echo(json.dumps(system_packages.cyclonedx(), indent=1))
        return
    for one in system_packages.every_package():
        click.echo(f"{one.name} {one.version}  {one.license}".rstrip())


def _outcomes_differ(instance: Path) -> bool:
    """Hold what is kept of outcomes to what is recorded, and say what differs."""
    from tracker.cli.instance import open_instance

    with open_instance(instance) as by:
        from tracker.services.outcomes import keeping

        basis = keeping.of_clinic(by.clinic_id)
        if not keeping.is_counted(basis):
            click.echo("to do outcomes  not counted yet\n      Run: tracker db rebuild-outcomes")
            return False
        found = list(keeping.differences(basis))
    state = "WRONG" if found else "ok  "
    click.echo(f"{state} {'outcomes':<9} {len(found)} of what is kept differ from the records")
    if found:
        click.echo("      Run: tracker db rebuild-outcomes")
    return bool(found)
