"""Series: plan one, see its sessions, change what is planned, end it."""
