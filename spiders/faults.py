"""Why a source brought nothing: each fault as a sentence, and what to do about it."""

from http import HTTPStatus

from OpenSSL import SSL
from scrapy import exceptions
from twisted.web.client import ResponseFailed

LOOK = "Open the address in a browser, and correct `url` in the facts of the source if it has moved."
LATER = "The next run tries again."

ROBOTS, OFFSITE, UNSAFE = "robots.txt fault", "offsite", "unsafe"
"""Messages of the `IgnoreRequest` with which our manners refuse a request."""


def by_status(host: str, status: int) -> str:
    """Why an answer with this status brought nothing."""
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return f"There is nothing at this address of {host} any more ({status}). {LOOK}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{host} does not let us read this address ({status}). Ask its publisher, or set `enabled = false` in its facts."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"{host} asks us to come less often (429): try again later."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{host} has a fault of its own ({status}): try again later."
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"{host} sends us on to what is no address of the web ({status}). {LOOK}"
    return f"{host} answered with status {status}, which brings nothing. {LOOK}"


def by_error(host: str, error: BaseException | None, seconds: float, maximum: int) -> str:
    """Why there was no answer within these seconds and bytes."""
    if isinstance(error, exceptions.DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
        return f"{host} sent more than {maximum // 1024 // 1024} MiB in one answer, which no page of posts is. {LOOK}"
    if isinstance(error, exceptions.IgnoreRequest):
        return _refused(host, str(error))
    if isinstance(error, exceptions.DownloadTimeoutError):
        return f"{host} did not answer in full within {seconds:g} seconds. {LATER} The setting `crawl_timeout` gives it more time."
    if isinstance(error, exceptions.CannotResolveHostError):
        return f"There is no host {host}, or this machine is not online. Check `url` in the facts of the source."
    if isinstance(error, exceptions.DownloadConnectionRefusedError):
        return f"{host} could not be reached: it refuses connections. {LATER}"
    if _is_certificate(error):
        return f"{host} could not prove who it is: its certificate is not valid, or this machine's clock is wrong. {LATER}"
    if isinstance(error, exceptions.DownloadFailedError | exceptions.ResponseDataLossError):
        return f"{host} broke off its answer, or what it sent is not HTTP. {LATER}"
    kind = f"{type(error).__module__}.{type(error).__qualname__}"  # no more of it: its message may quote what was read
    return f"What {host} answered could not be read ({kind}). {LATER}"


def _refused(host: str, message: str) -> str:
    if message == ROBOTS:
        return f"The robots.txt of {host} could not be given, and without it nothing is read. {LATER}"
    if "robots.txt" in message:
        return f"The robots.txt of {host} does not allow this address. Ask its publisher, or set `enabled = false` in its facts."
    if message == OFFSITE:
        return f"{host} sends us on to another site: correct `url` in the facts of the source if that is right."
    if message == UNSAFE:
        return f"{host} sends us on from https to http, which others could read and change on the way. {LOOK}"
    return f"{host} sends us from one address to the next without end. {LOOK}"


def _is_certificate(error: BaseException | None) -> bool:
    cause = error.__cause__ if error else None
    return isinstance(cause, ResponseFailed) and any(reason.check(SSL.Error) for reason in cause.reasons)
