"""What a long run says in the end: a line for each thing that was measured, and what fails."""

from collections.abc import Iterable


def tell(measured: Iterable[tuple[str, list[str]]]) -> int:
    """Print each line with its faults as soon as it is there; give 1 if there is any fault."""
    failed = False
    for line, faults in measured:
        print(line, flush=True)
        for fault in faults:
            print(f"  FAULT {fault}", flush=True)
        failed = failed or bool(faults)
    return int(failed)
