"""``python -m tocsin`` is the command ``tocsin``."""

from tocsin.cli.main import run

if __name__ == "__main__":
    run()
