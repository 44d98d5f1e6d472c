"""The login: for people with a role, whether or not they are staff in Django's sense."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from analyses.views.shell import may_enter


class LoginForm(AuthenticationForm):
    """Django's form, which asks for a role where the admin's asks for `is_staff`."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _(
            "This user name and password do not belong together. Check capitals and try again."
        ),
        "no_role": _("Your account has no role here yet. Ask an operator for one."),
    }

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse inactive people and those without a role; the password was right."""
        super().confirm_login_allowed(user)
        if not may_enter(user):
            raise ValidationError(self.error_messages["no_role"], code="no_role")
