"""Every error a person may meet: what went wrong, and what to do about it.

The tree, with the exit code of the command line and the HTTP status:

    TinyMovementsError        1  500
    ├── SettingsError         2  500   a setting is missing or wrong
    ├── TaxonomyError         1  500   movements.toml cannot be used
    ├── SourceError           2  422   the facts of a source are wrong
    │   └── UnknownSource     2  404   no source has this id
    ├── CrawlError            1  502   a source did not answer as it should
    ├── FileError             1  422   a file cannot be read or written
    │   └── FormatError       2  422   a file is not in the form it was said to be in
    ├── PrivacyError          1  500   the pseudonym key cannot be used
    ├── ArchiveError          1  503   the archive cannot be opened or written
    │   ├── UnknownPost       1  404   no post has this id
    │   ├── UnknownInitiative 1  404   no initiative has this id
    │   └── Busy              1  409   another process is at the same work
    ├── PipelineError         1  500   a model or word list is missing or broken
    ├── IndexUnavailable      1  503   there is no index yet, or it is broken
    │   └── EngineUnavailable 1  503   the engine's server cannot be reached, or refuses
    ├── ProcessDied           1  500   a process that worked beside this one has ended
    ├── QueryError            2  400   a query cannot be understood
    ├── CorrectionError       2  422   what somebody says of a post cannot be kept
    ├── DecisionError         2  422   what somebody decides about initiatives cannot be kept
    └── OfflineError          1  503   something tried to leave the machine while it must not
"""


class TinyMovementsError(Exception):
    """What went wrong in one sentence, and in `hint` what to do next."""

    exit_code = 1
    status = 500

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsError(TinyMovementsError):
    """A setting is missing or wrong."""

    exit_code = 2


class TaxonomyError(TinyMovementsError):
    """The taxonomy's file cannot be used."""


class SourceError(TinyMovementsError):
    """The facts of a source are wrong."""

    exit_code = 2
    status = 422


class UnknownSource(SourceError):
    """No source has this id."""

    status = 404


class CrawlError(TinyMovementsError):
    """A source did not answer as it should."""

    status = 502


class FileError(TinyMovementsError):
    """A file cannot be read or written."""

    status = 422


class FormatError(FileError):
    """A file is not in the form it was said to be in."""

    exit_code = 2


class PrivacyError(TinyMovementsError):
    """The pseudonym key cannot be used."""


class ArchiveError(TinyMovementsError):
    """The archive cannot be opened or written."""

    status = 503


class UnknownPost(ArchiveError):
    """No post has this id."""

    status = 404


class UnknownInitiative(ArchiveError):
    """No initiative has this id."""

    status = 404


class Busy(ArchiveError):
    """Another process, or thread, is at the same work."""

    status = 409


class PipelineError(TinyMovementsError):
    """A model or a word list is missing or broken."""


class IndexUnavailable(TinyMovementsError):
    """There is no index yet, or it is broken."""

    status = 503


class EngineUnavailable(IndexUnavailable):
    """The engine's server cannot be reached, or refuses: a new index would mend nothing."""


class ProcessDied(TinyMovementsError):
    """A process that worked beside this one has ended before its work."""


class QueryError(TinyMovementsError):
    """A query cannot be understood."""

    exit_code = 2
    status = 400


class CorrectionError(TinyMovementsError):
    """What somebody says of a post cannot be kept."""

    exit_code = 2
    status = 422


class DecisionError(TinyMovementsError):
    """What somebody decides about initiatives cannot be kept."""

    exit_code = 2
    status = 422


class OfflineError(TinyMovementsError):
    """Something tried to leave the machine while it must not."""

    status = 503
