"""Requests to an archive: over TLS, with time limits, and every refusal in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode

from segstudio.errors import PacsError
from segstudio.pacs.connections import Connection, needs_extra
from segstudio.progress import Stop, check, never

if TYPE_CHECKING:
    from requests import Response

CONNECT_S, READ_S = 10.0, 60.0
_CHUNK = 1 << 18
_LARGEST_ANSWER = 64 << 20
"""Bytes of a list or a report; pictures may be larger, and go to the disk."""

_REFUSALS = {
    400: ("does not understand what was asked", "Change what you look for."),
    401: ("does not let you in", "Check user and password in the settings."),
    403: ("forbids this to you", "Ask its administrator for the right to do it."),
    404: ("does not have this", "Is the address that of its DICOMweb service?"),
    409: ("does not take these files", "It may refuse this kind of file, or this patient."),
    413: ("finds the answer too large", "Ask for less: a shorter time, a single patient."),
    415: ("does not take files of this kind", "Store them in another format."),
    429: ("has too much to do", "Try again in a minute."),
    503: ("has too much to do", "Try again in a minute."),
}


class Web:
    """Speaks to one archive until it is closed.

    No proxy, no password file and no redirection is followed: nothing goes anywhere but to the address that was set up.
    """

    def __init__(self, connection: Connection, password: str) -> None:
        try:
            import requests
        except ImportError as error:
            raise needs_extra("requests") from error
        self.connection = connection
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = connection.certificate or True
        if connection.user:
            self._session.auth = (connection.user, password)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._session.close()

    def json(self, path: str, fields: Mapping[str, str | list[str]], *, stop: Stop = never) -> list[dict[str, Any]]:
        """The list that the archive answers with; none for nothing found.

        Raises
        ------
        PacsError
            As `ask`; or the answer is no DICOMweb.
        Stopped
            `stop()` became true.
        """
        import json

        # Some archives know `*` only as it is.
        asked = urlencode(fields, doseq=True, safe="*", quote_via=quote)
        with self.ask("GET", path, params=asked, headers={"Accept": "application/dicom+json"}) as answer:
            if answer.status_code == 204:
                return []
            content = b"".join(self.body(answer, stop=stop, at_most=_LARGEST_ANSWER))
        with suppress(ValueError):
            found = json.loads(content or b"[]")
            if isinstance(found, list) and all(isinstance(each, dict) for each in found):
                return found
        raise PacsError(
            f"{self.connection.host} answers, but not as a DICOMweb archive does",
            hint="Is the address that of its DICOMweb service, with the path behind the name?",
        )

    @contextmanager
    def ask(self, verb: str, path: str, **words: Any) -> Iterator[Response]:
        """The archive's answer to one request, its body yet to be read.

        Raises
        ------
        PacsError
            It cannot be reached, does not prove who it is, refuses, or is gone half way.
        """
        with self._in_words():
            url = f"{self.connection.url.rstrip('/')}/{path}"
            answer = self._session.request(
                verb, url, timeout=(CONNECT_S, READ_S), stream=True, allow_redirects=False, **words
            )
            try:
                self._require_good(answer)
                yield answer
            finally:
                answer.close()

    def body(self, answer: Response, *, stop: Stop = never, at_most: int | None = None) -> Iterator[bytes]:
        """The answer's bytes in pieces.

        Raises
        ------
        PacsError
            There are more than `at_most`.
        Stopped
            `stop()` became true.
        """
        length = 0
        for piece in answer.iter_content(_CHUNK):
            check(stop)
            length += len(piece)
            if at_most is not None and length > at_most:
                raise PacsError(f"{self.connection.host} answers with more than is asked for", hint="Ask for less.")
            yield piece

    def _require_good(self, answer: Response) -> None:
        code = answer.status_code
        if code < 300:
            return
        if code < 400:
            raise PacsError(
                f"{self.connection.host} points to another address", hint="Set up the address that it points to."
            )
        what, hint = _REFUSALS.get(code, (f"cannot do this (it answers {code})", "Try again later."))
        raise PacsError(f"{self.connection.host} {what}", hint=hint)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        import requests

        host = self.connection.host
        try:
            yield
        except requests.exceptions.SSLError as error:
            raise PacsError(
                f"{host} does not prove who it is (its certificate is not trusted, or it speaks no TLS)",
                hint="Give the certificate of the hospital's authority in the settings of the connection.",
            ) from error
        except requests.exceptions.Timeout as error:
            raise PacsError(f"{host} does not answer in time", hint="Try again; is it reached from here?") from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise PacsError(f"{host} was gone half way", hint="Nothing of it was kept; try again.") from error
        except requests.exceptions.ConnectionError as error:
            raise PacsError(
                f"{host} cannot be reached", hint="Check the address and the network; do you need a VPN?"
            ) from error
        except requests.exceptions.RequestException as error:
            raise PacsError(
                f"{host} cannot be asked ({type(error).__name__})", hint="Check the address of the connection."
            ) from error
        except OSError as error:
            if error.filename != self.connection.certificate and "certificate" not in str(error).casefold():
                raise
            raise PacsError(
                f"the certificate {self.connection.certificate} cannot be read", hint="Choose a PEM file."
            ) from error
