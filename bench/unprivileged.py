"""Starting a server that refuses to be root's."""

import os
import pwd


def unprivileged(*preferred: str) -> pwd.struct_passwd | None:
    """Who is to run it where we are root, else nobody but ourselves: `None`."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return next((names[name] for name in preferred if name in names), names["nobody"])


def run_as(user: pwd.struct_passwd | None) -> dict[str, object]:
    """What `subprocess` is to be told so that this user runs it."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
