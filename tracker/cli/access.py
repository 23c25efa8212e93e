"""Print who may do what, read off the access policy."""

import click


@click.command()
def access() -> None:
    """Print the permission matrix."""
    from tracker.domain.access import POLICY, Role

    roles = list(Role)
    width = max(len(permission) for permission in POLICY)
    click.echo(f"{'':<{width}}  " + "  ".join(f"{role:<13}" for role in roles).rstrip())
    for permission in POLICY:
        answers = "  ".join(f"{_answer(role, permission):<13}" for role in roles)
        click.echo(f"{permission:<{width}}  {answers}".rstrip())
    click.echo("\nOnly at one's own clinic. A stranger's record is not found, whoever asks.")


def _answer(role: str, permission: str) -> str:
    from tracker.domain.access import Actor, Permission, Role, Subject, allows

    own, other = Subject(1, 1), Subject(1, 2)
    somebody = Actor(None, 1, "", frozenset({Role(role)}), 1 if role == Role.PATIENT else None)
    if allows(somebody, Permission(permission), other):
        return "yes"
    return "their own" if allows(somebody, Permission(permission), own) else "-"
