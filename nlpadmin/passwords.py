"""What a password must not be, beyond Django's own rules."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MEANINGFUL_LETTERS = 8


class ContextWordsValidator:
    """Refuse a password that is little more than the product's or the site's name."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError when few characters are left without the context words."""
        rest = password.casefold()
        for word in ("nlpadmin", settings.SITE_NAME.casefold(), *self._hosts()):
            rest = rest.replace(word, "")
        if len(rest) < MEANINGFUL_LETTERS and rest != password.casefold():
            raise ValidationError(
                _("Without the name of this site the password is too short."), code="password_context_words"
            )

    def get_help_text(self) -> str:
        """Say the rule on password forms."""
        return gettext("Your password can’t be little more than the name of this site.")

    def _hosts(self) -> list[str]:
        return [host.casefold() for host in settings.ALLOWED_HOSTS]
