"""Every version of the schema that a program on main ended at, and the last such program."""

from typing import NamedTuple


class Version(NamedTuple):
    """A revision, the last commit whose newest it was, when that was, and the rows kept of it."""

    revision: str
    commit: str
    at: str
    patients: int  # of its demonstration
    digest: str


VERSIONS = (
    Version("0003", "fbb6211f96a8", "2026-11-23T20:26:28Z", 6, "3321347f40d6"),
    Version("0004", "8cbe84a317ba", "2026-11-23T23:05:07Z", 5, "188a62000ba9"),
    Version("0005", "ef50981da67a", "2026-11-30T02:50:17Z", 2, "4a30b74d1184"),
    Version("0006", "d4bbd5930d99", "2026-11-30T04:29:59Z", 2, "5d0a005f3d45"),
    Version("0008", "72c6b342e1da", "2026-11-30T09:01:47Z", 2, "5e1ab127c618"),
    Version("0009", "cf944d0d3845", "2026-11-30T10:13:40Z", 2, "379d5258c510"),
    Version("0010", "8346f8bb968a", "2026-11-30T12:41:42Z", 2, "c08e09bca4d9"),
    Version("0011", "89615853c941", "2026-11-30T13:27:53Z", 2, "3bdbd62739b0"),
    Version("0012", "6aa2694c3ee9", "2026-11-30T13:52:05Z", 2, "8a033bdbf332"),
    Version("0014", "72edeaef5e4a", "2026-11-30T14:01:08Z", 2, "54a862958c12"),
    Version("0015", "de180f2016b2", "2026-11-30T14:21:36Z", 2, "8b58375eaa20"),
    Version("0016", "b7e859c308e2", "2026-11-30T15:40:00Z", 2, "18aea46b42a4"),
    Version("0017", "d3e23cd61d50", "2026-11-30T16:55:27Z", 2, "f7d1b1bb61c8"),
    Version("0020", "ac7ad15a044f", "2026-11-30T19:42:33Z", 2, "37779117fd63"),
    Version("0021", "344b01c8fafc", "2026-11-30T20:00:47Z", 2, "e702b71c85b5"),
    Version("0022", "a01d31569645", "2026-11-30T21:27:47Z", 2, "09c8ae38e731"),
)
# Revisions that no program ended at, and why; 0013 and 0018 were never given.
NEVER_THE_NEWEST = {
    "0001": "came with 0002 and 0003, when the first schema was split",
    "0002": "came with 0001 and 0003, when the first schema was split",
    "0007": "came with 0008",
    "0019": "stood beside 0017 for three minutes: with two ends no program could upgrade to it",
    "0023": "came with 0026",
    "0024": "came with 0026",
    "0025": "came with 0026",
}
