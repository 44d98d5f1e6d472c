"""CHECK constraints shared by the tables: allowed values, ranges and dates, from `choices`."""

from collections.abc import Iterable

from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from analyses.choices import DATE_BOUNDS


def one_of(field: str, values: Iterable[str], *, name: str) -> CheckConstraint:
    """Allow only the listed values in `field`."""
    return CheckConstraint(
        condition=Q(**{f"{field}__in": tuple(values)}),
        name=name,
        violation_error_message=_("This value is not one of the allowed ones."),
    )


def between(field: str, bounds: tuple[float, float], *, name: str) -> CheckConstraint:
    """Allow NULL or a number within `bounds`, both ends included; NaN and infinities fail it."""
    lower, upper = bounds
    return CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": lower, f"{field}__lte": upper}),
        name=name,
        violation_error_message=_("This number must lie between %(lower)s and %(upper)s.")
        % {"lower": lower, "upper": upper},
    )


def dated(field: str, *, name: str) -> CheckConstraint:
    """Allow NULL or a moment within the years that every page can show."""
    lower, upper = DATE_BOUNDS
    return CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": lower, f"{field}__lt": upper}),
        name=name,
        violation_error_message=_("This date must lie between 1970 and 2200."),
    )


def not_negative(field: str, *, name: str) -> CheckConstraint:
    """Allow zero and more."""
    return CheckConstraint(
        condition=Q(**{f"{field}__gte": 0}),
        name=name,
        violation_error_message=_("This number must not be negative."),
    )
