"""Runs one worker in this process: ``python -m processors``. ``tocsin worker`` starts it, and starts it again."""

import logging
import os
import sys

import faust

from processors.app import create_app
from tocsin.errors import TocsinError
from tocsin.logs import configure
from tocsin.settings import load_settings


def main() -> None:
    """Run a worker until it is told to stop."""
    try:
        settings = load_settings()
    except TocsinError as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no logging yet
        sys.exit(error.exit_code)
    configure(settings)
    try:
        app = create_app(settings)
    except TocsinError as error:
        logging.getLogger(__name__).critical("%s", error)
        sys.exit(error.exit_code)
    worker = faust.Worker(app, loglevel=settings.log_level, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes control codes, and turns on debug logging for their sake
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        # What is safe is committed, the group is left, and nothing runs any more. To take the interpreter apart as well
        # took four times as long as all that.
        logging.shutdown()
        os._exit(int(ended.code or 0))


if __name__ == "__main__":
    main()
