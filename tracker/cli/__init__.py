"""The command line: one module per noun, imported only when its command runs."""

import os
from importlib import import_module

import click

# command -> (module, object, what `tracker --help` says of it); modules are imported when needed,
# so that help costs nothing.
COMMANDS = {
    "demo": ("setup", "demo", "Show a clinic with invented patients."),
    "init": ("setup", "init", "Set up a new instance."),
    "serve": ("setup", "serve", "Serve the instance."),
    "user": ("people", "user", "Invite, list or disable people."),
    "import": ("imports", "group", "Import patients, sessions or scores from a file; undo it."),
    "export": ("exports", "export", "Export patients, sessions, scores, readings and more as CSV."),
    "chart": ("chart", "chart", "Draw a patient's progress into a file."),
    "remind": ("remind", "remind", "E-mail what is due; for cron or a timer."),
    "access": ("access", "access", "Print who may do what."),
    "audit": ("audit", "audit", "Verify the audit trail."),
    "db": ("database", "db", "Upgrade the database, or say where it stands."),
    "instruments": ("instruments", "group", "List the instruments, or check a file of one."),
    "deploy": ("deploy", "deploy", "Print files for a proxy (caddy, nginx), systemd or cron."),
    "backup": ("backups", "backup", "Back up, or try a backup out."),
    "restore": ("backups", "restore", "Restore a backup into an empty instance."),
    "doctor": ("doctor", "doctor", "Check the set-up and say what to do."),
    "packages": ("doctor", "packages", "List what it is made of, with versions."),
}


class _Lazy(click.Group):
    """A group that imports a command's module only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"tracker.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; every error that a person can put right ends as one clear line."""
        from tracker.cli.instance import plain_errors

        with plain_errors():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, _, words) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ketamine-session-tracker")
def main() -> None:
    """Track series of ketamine and esketamine sessions.

    New here? `tracker demo` shows it with invented patients. `tracker init` sets up a real clinic.
    """
    os.umask(0o077)  # whatever a command writes is for its owner only
