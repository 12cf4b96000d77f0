"""Paths of the app, as its options name them. Pure."""

from urllib.parse import quote

_SAFE = "/!$&'()*+,;=:@~"


def below_root(path: str, root: str) -> str:
    """A request's path as the app's own routes have it, without the root path it is mounted at."""
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return path[len(root) :]
    return path


def link(root_path: str, path: str) -> str:
    """A path of ours as a page links to it. Two leading slashes would name another host."""
    root = root_path.strip("/")
    return quote(f"/{root}{path}" if root else path, safe=_SAFE)


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
