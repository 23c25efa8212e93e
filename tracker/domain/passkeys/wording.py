"""What a passkey is called, and what is said where one is not accepted."""

from tracker.domain.parsing import is_one_line, visible_text

NAME_MAX = 60  # characters
MOST = 20  # of one person: phones, computers, keys, and some that were replaced
TOO_MANY = f"You have {MOST} passkeys. Remove one that you do not use first."
NOT_MADE = (
    "No passkey came from your browser, or it came too late. Press the button again. If that does "
    "not help, use another browser or device."
)
KNOWN = "This passkey stands here already. Use another device, or remove the old one first."
LAST = (
    "This is your only second step, and staff must have one. Add another passkey or an "
    "authenticator app first."
)
REFUSED = "This passkey was not accepted. Try again, or take another way to sign in."
CLOSED_OR_UNKNOWN = (
    "This passkey does not open an account just now. Sign in with your password instead."
)


def fault_of_name(name: str) -> str:
    """Say what is wrong with the name of a passkey; nothing where it is right."""
    seen = visible_text(name)
    if not seen:
        return "Give it a name that tells you where it is, such as My phone."
    if len(seen) > NAME_MAX or not is_one_line(seen):
        return f"Give a name of at most {NAME_MAX} characters, on one line."
    return ""
