"""What we write to people about their accounts: no name of a treatment, nothing of why.

Others may read a mailbox, and a phone shows a subject to whoever lies beside it.
"""

from tracker.domain.codes import Word

SUBJECT = "Your account"
_CALL = "If you did not expect this, please call us."


class AccountNotice(Word):
    """What happened to an account, as a code and as its holder is told."""

    ADDRESS_LEFT = (
        "address-left",
        f"The e-mail address of your account was changed. From now on we write to the new one. "
        f"{_CALL}",
    )
    ADDRESS_TAKEN_UP = (
        "address-taken-up",
        f"Your account now uses this e-mail address. Please sign in again. {_CALL}",
    )
    NAME_CHANGED = "name-changed", f"The name on your account was changed. {_CALL}"
    SIGN_IN_NAME_CHANGED = (
        "sign-in-name-changed",
        f"The name that you sign in by was changed. Please sign in again. {_CALL}",
    )
    ROLES_CHANGED = (
        "roles-changed",
        f"What you may do with your account was changed. Please sign in again. {_CALL}",
    )
    DISABLED = "disabled", f"Your account is closed. You cannot sign in any more. {_CALL}"
    ENABLED = "enabled", f"Your account is open again. You can sign in as before. {_CALL}"
    SECOND_STEP_RESET = (
        "second-step-reset",
        "The second step of your sign-in was reset: your app, your passkeys and your recovery "
        f"codes work no more. When you sign in next, you set it up again. {_CALL}",
    )
    ADDRESS_ASKED = (
        "address-asked",
        "Somebody, we hope you, asked to use this e-mail address for an account. "
        "Open this link and confirm it. Until then nothing changes.",
    )
    ADDRESS_IN_USE = (
        "address-in-use",
        "Somebody, we hope you, asked to use this e-mail address for one more account. "
        "Each account on a shared mailbox needs a sign-in name. "
        "Please call us: we give you one. Until then nothing changes.",
    )
    UNLOCK_ASKED = (
        "unlock-asked",
        "Somebody, we hope you, asked to open sign-in to your account again after wrong tries. "
        "Open this link within 30 minutes and confirm it. It works once, and signs nobody in. "
        "If you did not ask, ignore this mail: nothing changes.",
    )
    SECOND_STEP_CHANGED = (
        "second-step-changed",
        f"The second step of your sign-in was set up or changed. {_CALL}",
    )
    SECOND_STEP_REMOVED = (
        "second-step-removed",
        f"The second step of your sign-in was taken away. {_CALL}",
    )
    PASSKEY_ADDED = "passkey-added", f"A passkey was added to your account. {_CALL}"
    PASSKEY_REMOVED = "passkey-removed", f"A passkey was removed from your account. {_CALL}"
    RECOVERY_CODES_MADE = (
        "recovery-codes-made",
        f"New recovery codes were made for your account; the old ones work no more. {_CALL}",
    )
