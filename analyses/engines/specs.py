"""What a site may write in ULTRA_ENGINES: engines of its own, a model of this machine or a service."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import ANY_LANGUAGE

ENGINES_MAX = 50
FILE_CHARACTERS_MAX = 1_000_000
SHOWN_CHARACTERS_MAX = 60

# The types whose answer can be told from the probabilities of labels.
LABEL_TYPES = (
    AnalysisType.SENTIMENT,
    AnalysisType.QUALITY,
    AnalysisType.EMOTION,
    AnalysisType.LANGUAGE,
    AnalysisType.READABILITY,
    AnalysisType.TOPICS,
)
OF_A_SERVICE = ("protocol", "token_file", "batch_size", "timeout_seconds", "retries")
OF_A_MODEL = ("max_tokens", "threads")

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=60)]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=30)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})?$", max_length=10)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class BadSpecsError(Exception):
    """The engines of a site are not written as they must be; each of `sentences` says what is wrong and right."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("; ".join(sentences))


class EngineSpec(BaseModel):
    """One engine of the site; a field's description says what would be right, and is shown when it is wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    type: AnalysisType = Field(description=f"one of {', '.join(AnalysisType.values)}")
    name: Name = Field(description="1 to 60 letters, digits and . _ + -")
    version: Version = Field(description="1 to 30 letters, digits and . _ + -, in quotes")
    tier: OptimizationTier = Field(
        OptimizationTier.ULTRA, description=f"one of {', '.join(OptimizationTier.values)}"
    )
    languages: tuple[Code, ...] = Field(
        (ANY_LANGUAGE,), min_length=1, max_length=200, description='ISO 639 codes such as ["en", "de"]'
    )
    labels: dict[Label, float | Label] = Field(
        default_factory=dict,
        max_length=1000,
        description="the model's labels, each with a score or with the name that it stands for",
    )

    model: Path | None = Field(
        None, description="the path of a model's folder or of its .onnx file, from / on"
    )
    max_tokens: int | None = Field(None, ge=8, le=100_000, description="a whole number from 8 to 100000")
    threads: int = Field(1, ge=1, le=256, description="a whole number from 1 to 256")

    endpoint: str | None = Field(
        None, description="an address such as https://models.example.org/emotion, without name and password"
    )
    protocol: Literal["results", "text-classification", "text-embeddings-inference"] = Field(
        "results", description="results, text-classification or text-embeddings-inference"
    )
    token_file: Path | None = Field(None, description="the path of a file that holds the token, from / on")
    batch_size: int = Field(32, ge=1, le=500, description="a whole number from 1 to 500")
    timeout_seconds: float = Field(10.0, ge=0.1, le=120, description="seconds from 0.1 to 120")
    retries: int = Field(2, ge=0, le=5, description="a whole number from 0 to 5")

    external: bool = Field(
        False, description="true for an engine that takes its texts through the API", strict=True
    )

    @field_validator("model", "token_file")
    @classmethod
    def check_path(cls, value: Path | None) -> Path | None:
        """Refuse a path that depends on where the process was started; the name of a model hub is such a one."""
        if value is not None and not value.is_absolute():
            raise ValueError("does not start with /")
        return value

    @field_validator("endpoint")
    @classmethod
    def check_endpoint(cls, value: str | None) -> str | None:
        """Refuse what is no plain address of a web service."""
        if value is not None and (problem := _endpoint_problem(value)):
            raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def check_whole(self) -> Self:
        """Refuse settings that do not go together."""
        if problems := list(self._contradictions()):
            raise ValueError(" and ".join(problems))
        return self

    @property
    def is_on_this_machine(self) -> bool:
        """Say whether texts stay on this machine: a model, or a service at a loopback address."""
        return self.endpoint is None or _is_loopback(urlsplit(self.endpoint).hostname or "")

    @property
    def is_encrypted(self) -> bool:
        """Say whether texts that leave this machine do so over TLS."""
        return self.is_on_this_machine or str(self.endpoint).startswith("https:")

    def _contradictions(self) -> Iterator[str]:
        if (self.model is not None) + (self.endpoint is not None) + self.external != 1:
            yield "needs either model or endpoint, or external"
        if self.external:
            if given := [
                name for name in (*OF_A_SERVICE, *OF_A_MODEL, "labels") if name in self.model_fields_set
            ]:
                yield f"has {', '.join(given)}, which an external engine keeps to itself"
            return
        strange = OF_A_SERVICE if self.endpoint is None else OF_A_MODEL
        if given := [name for name in strange if name in self.model_fields_set]:
            kind = "endpoint" if self.endpoint is None else "model"
            yield (
                f"has {', '.join(given)}, which only an {kind} has"
                if kind == "endpoint"
                else (f"has {', '.join(given)}, which only a {kind} has")
            )
        if self.token_file is not None and not self.is_encrypted:
            yield "would send its token over http: the endpoint must begin with https"
        if self.labels and self.model is None and self.protocol == "results":
            yield "has labels, which the protocol results does not use"
        if self.protocol != "results" and self.type not in LABEL_TYPES:
            yield f"asks for {self.type.value} by labels of whole texts, which do not tell it"


def read(text: str) -> tuple[EngineSpec, ...]:
    """Read the engines from JSON, or from the file whose path stands after @; raise BadSpecsError with every mistake.

    >>> read('[{"type": "emotion", "name": "acme", "version": "1", "endpoint": "https://acme.example/v1"}]')[0].tier
    OptimizationTier.ULTRA
    """
    try:
        given = json.loads(_content(text.strip()))
    except (ValueError, RecursionError):
        raise BadSpecsError(["is no JSON"]) from None
    if not isinstance(given, list) or len(given) > ENGINES_MAX:
        raise BadSpecsError([f"is no JSON list of at most {ENGINES_MAX} engines"])
    try:
        specs = TypeAdapter(tuple[EngineSpec, ...]).validate_python(given)
    except ValidationError as error:
        # A list with a bad member is reported twice; the first time is the clearer.
        first = {one["loc"][:2]: one for one in reversed(error.errors(include_url=False))}
        raise BadSpecsError([_sentence(one, given) for one in reversed(first.values())]) from None
    if twice := [*_twice(specs)]:
        raise BadSpecsError(twice)
    return specs


def _content(text: str) -> str:
    if not text.startswith("@"):
        return text
    path = Path(text[1:])
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(FILE_CHARACTERS_MAX)
    except (OSError, UnicodeDecodeError):
        raise BadSpecsError([f"names {str(path)!r}, which cannot be read"]) from None


def _twice(specs: Sequence[EngineSpec]) -> Iterator[str]:
    for (kind, tier), count in Counter((spec.type, spec.tier) for spec in specs).items():
        if count > 1:
            yield f"has {count} engines for {kind.value} at tier {tier.value}; one is right"
    for (kind, name, version), count in Counter((s.type, s.name, s.version) for s in specs).items():
        if count > 1:
            yield f"names {count} engines for {kind.value} {name} {version}; results could not tell them apart"


def _sentence(error: ErrorDetails, given: list[Any]) -> str:
    """Say what is wrong with one setting of one engine and what would be right, without showing a secret."""
    place, *path = error["loc"]
    entry = given[place] if isinstance(place, int) else None
    name = entry.get("name") if isinstance(entry, dict) else None
    engine = f"engine {place + 1}" if isinstance(place, int) else "the list"
    if isinstance(name, str):
        engine += f" ({name[:SHOWN_CHARACTERS_MAX]})"
    if not path:
        return f"{engine} {_wrong_as_a_whole(error)}"
    key = str(path[0])[:SHOWN_CHARACTERS_MAX]
    field = EngineSpec.model_fields.get(key)
    if field is None:
        return f"{engine} has {key!r}, which is no setting; a token belongs into a file named by token_file"
    return f"{engine}: {key} {_wrong(error, key)}; right would be {field.description}"


def _wrong_as_a_whole(error: ErrorDetails) -> str:
    return str(error["ctx"]["error"]) if error["type"] == "value_error" else "is no JSON object"


def _wrong(error: ErrorDetails, key: str) -> str:
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    # An address may hold a password, and nobody reads a long value.
    shown = repr(error["input"])
    return "is not right" if key == "endpoint" or len(shown) > SHOWN_CHARACTERS_MAX else f"is {shown}"


def _endpoint_problem(address: str) -> str:
    if not address.isascii() or not address.isprintable() or " " in address:
        return "has characters that no address has"
    try:
        parts, port = urlsplit(address), urlsplit(address).port
    except ValueError:
        return "is no address"
    problems = (
        (
            parts.scheme not in {"http", "https"} or not parts.hostname,
            "does not begin with https:// and a host",
        ),
        ("@" in parts.netloc, "holds a name or a password; a token belongs into a file named by token_file"),
        (bool(parts.fragment), "has a #"),
        (port == 0, "has the port 0"),
    )
    return next((sentence for is_wrong, sentence in problems if is_wrong), "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
