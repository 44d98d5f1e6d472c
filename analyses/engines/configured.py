"""From what a site writes in ULTRA_ENGINES to engines that can be had, and what is wrong with them."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _

from analyses.engines import transformer
from analyses.engines.base import Engine, EngineFacts
from analyses.engines.endpoint import ClassificationEndpointEngine, EndpointEngine, InferenceEndpointEngine
from analyses.engines.external import ExternalEngine
from analyses.engines.registry import Provider
from analyses.engines.service_calls import CallLimits, ServiceCaller
from analyses.engines.specs import EngineSpec
from analyses.engines.transformer import TOKEN_TYPES, TransformerClassifier, TransformerTagger

# A worker renews its lease between calls: one that took longer would hand its rows to another worker.
SHARE_OF_LEASE = 0.5


def providers(specs: Iterable[EngineSpec], *, lease_seconds: float) -> list[Provider]:
    """Give the site's engines; nothing is loaded or called yet."""
    return [
        Provider(facts := facts_of(spec), partial(_engine, spec, facts, lease_seconds * SHARE_OF_LEASE))
        for spec in specs
    ]


def facts_of(spec: EngineSpec) -> EngineFacts:
    """Tell what the site says of an engine; where it lies is not for everybody who reads pages."""
    return EngineFacts(
        analysis_type=spec.type,
        tiers=(spec.tier,),
        name=spec.name,
        version=spec.version,
        languages=spec.languages,
        summary=_summary(spec),
        is_external=spec.external,
    )


def _summary(spec: EngineSpec) -> str:
    if spec.external:
        return "An engine that takes its texts through the API."
    return "A transformer model of this site." if spec.model else "A service that this site configures."


def problems(spec: EngineSpec, *, lease_seconds: float) -> Iterator[str]:
    """Say in sentences what keeps an engine from answering, or is not as it should be; nothing is loaded or called."""
    if spec.external:
        return
    if spec.model is not None:
        if reason := transformer.problem(spec.type, spec.model, spec.labels):
            yield f"{reason} ({spec.model})"
        return
    limit = lease_seconds * SHARE_OF_LEASE
    if spec.timeout_seconds > limit:
        words = {"timeout": f"{spec.timeout_seconds:g}", "limit": f"{limit:g}"}
        reason = _("timeout_seconds is %(timeout)s, but a call ends after %(limit)s: half of LEASE_SECONDS.")
        yield reason % words
    if not spec.is_encrypted:
        yield _("Texts go over http to another machine and can be read on their way.")
    if spec.token_file is not None and (reason := _token_problem(spec.token_file)):
        yield reason


def _token_problem(path: Path) -> str:
    try:
        is_empty = not path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return _("The token file %(path)s cannot be read.") % {"path": path}
    return _("The token file %(path)s is empty.") % {"path": path} if is_empty else ""


def _engine(spec: EngineSpec, facts: EngineFacts, seconds_max: float) -> Engine:
    if spec.external:
        return ExternalEngine(facts)
    if spec.endpoint is not None:
        return _endpoint_engine(spec, facts, spec.endpoint, seconds_max)
    if spec.model is None:
        raise TypeError("a checked spec has a model or an endpoint")
    kind = TransformerTagger if spec.type in TOKEN_TYPES else TransformerClassifier
    return kind(facts, spec.model, labels=spec.labels, threads=spec.threads, tokens_max=spec.max_tokens)


def _endpoint_engine(
    spec: EngineSpec, facts: EngineFacts, endpoint: str, seconds_max: float
) -> EndpointEngine:
    limits = CallLimits(
        timeout_seconds=min(spec.timeout_seconds, seconds_max), retries=spec.retries, seconds_max=seconds_max
    )
    caller = ServiceCaller(name=spec.name, url=endpoint, token_file=spec.token_file, limits=limits)
    if spec.protocol == "results":
        return EndpointEngine(facts, caller, batch_size=spec.batch_size)
    is_classifier = spec.protocol == "text-classification"
    kind = ClassificationEndpointEngine if is_classifier else InferenceEndpointEngine
    return kind(facts, caller, batch_size=spec.batch_size, labels=spec.labels)
