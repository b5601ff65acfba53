"""``tocsin doctor``: looks at everything that a deployment leans on, and says what to do about it."""

from tocsin.cli.doctor.checks import CHECKS, examine
from tocsin.cli.doctor.command import doctor
from tocsin.cli.doctor.finding import Finding, Level

__all__ = ["CHECKS", "Finding", "Level", "doctor", "examine"]
