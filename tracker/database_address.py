"""Say what is wrong with the address of a database, before anybody connects to it.

What an address holds is never repeated in a message: there may be a password in it.
"""

from urllib.parse import parse_qs, unquote

KINDS = ("sqlite", "postgresql", "postgresql+psycopg")
ONE = "postgresql+psycopg://NAME:PASSWORD@localhost/DATABASE"
SEVERAL = (
    "postgresql+psycopg://NAME:PASSWORD@/DATABASE?host=ONE:5432&host=OTHER:5432"
    "&target_session_attrs=read-write"
)
# What libpq may be asked to look for (postgresql.org/docs/18/libpq-connect.html), and of these what
# takes saves: of several servers, all but one only read.
SESSIONS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
TAKES_SAVES = ("read-write", "primary")
MAIN, READS = "TRACKER_DATABASE_URL", "TRACKER_DATABASE_READ_URL"
OWNER = "TRACKER_DATABASE_OWNER_URL"  # for upgrades, where another user owns the tables


def is_sqlite(url: str) -> bool:
    """Say whether a database is a file of SQLite."""
    return url.startswith("sqlite")


def fault_of(url: str) -> str:
    """Say what is wrong with where the records are; nothing where it can be used."""
    faults = (_fault_of_form(url), _fault_of_servers(url), _fault_of_several(url))
    return next(filter(None, faults), "")


def fault_of_reads(url: str, main: str) -> str:
    """Say what is wrong with where large reads go, beside the address of the records."""
    if not url:
        return ""
    if is_sqlite(url) or is_sqlite(main):
        return f"{READS} is for a standby of PostgreSQL, and there is none. Unset it."
    wrong = _fault_of_form(url) or _fault_of_servers(url)
    return wrong.replace(MAIN, READS)


def fault_of_owner(url: str, main: str) -> str:
    """Say what is wrong with how an upgrade connects, beside the address of the records."""
    if not url:
        return ""
    if is_sqlite(url) or is_sqlite(main):
        return f"{OWNER} is for PostgreSQL, which has users. Unset it."
    faults = (_fault_of_form(url), _fault_of_servers(url), _fault_of_several(url))
    return next(filter(None, faults), "").replace(MAIN, OWNER)


def hosts(url: str) -> list[str]:
    """Name the machines that an address of PostgreSQL leads to; none where it is a socket's."""
    before = url.partition("://")[2].partition("?")[0].rpartition("@")[2].partition("/")[0]
    named = [unquote(one) for one in (before, *_split(_query_of(url), "host"))]
    return [_without_port(one) for one in named if one and not one.startswith(("/", "@"))]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and ":" not in name else host


def _fault_of_form(url: str) -> str:
    kind, _, rest = url.partition("://")
    host = rest.partition("?")[0].rpartition("@")[2].partition("/")[0]
    if kind in KINDS and "," in host:
        return f"{MAIN}: several servers are named after the question mark, such as {SEVERAL}"
    _, colon, port = host.rpartition(":")
    right = kind in KINDS and (not colon or port.endswith("]") or port.isdecimal())
    return "" if right else f"{MAIN} cannot be used. Set it to something like {ONE}"


def _fault_of_servers(url: str) -> str:
    """Look at servers that are named after the question mark: each a name, and a number."""
    if is_sqlite(url):
        return ""
    asked = _query_of(url)
    before = url.partition("://")[2].partition("?")[0].rpartition("@")[2].partition("/")[0]
    if before and "host" in asked:
        return f"{MAIN} names servers before and after the question mark. Name all after it."
    hosts, ports = _split(asked, "host"), _split(asked, "port")
    with_port = [host for host in hosts if ":" in host]
    mixed = bool(ports) and (bool(with_port) or len(ports) not in {1, len(hosts)})
    numbers = [host.rpartition(":")[2] for host in with_port] + ports
    if mixed or "" in hosts or not all(number.isdecimal() for number in numbers):
        return f"{MAIN}: each server is a name, a colon and its port, such as {SEVERAL}"
    if wrong := set(asked.get("target_session_attrs", ())) - set(SESSIONS):
        return f"{MAIN}: target_session_attrs={min(wrong)} is unknown. Use read-write."
    return ""


def _fault_of_several(url: str) -> str:
    """Ask of several servers for the one that takes saves, whichever that is at the time."""
    asked = _query_of(url)
    wanted = asked.get("target_session_attrs", [""])[-1]
    if len(_split(asked, "host")) > 1 and wanted not in TAKES_SAVES:
        return (
            f"{MAIN} names several servers, of which one takes saves. "
            "Add &target_session_attrs=read-write to it."
        )
    return ""


def _query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(url.partition("?")[2], keep_blank_values=True)


def _split(asked: dict[str, list[str]], name: str) -> list[str]:
    """List what is named once or more, or with commas between."""
    return [each for one in asked.get(name, ()) for each in one.split(",")]
