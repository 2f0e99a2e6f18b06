"""Read configuration files strictly before Snakemake reads them: it waits for a pipe and unfolds
references, nine of nine of nine, for ever. `make run` does so; for a file of unknown origin:

    python workflow/check_config.py FILE
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.configuration.strict_yaml import read_strict  # noqa: E402
from walkforge.errors import InputError  # noqa: E402


def look(file: str) -> None:
    """Read one file strictly; a word that is no file's is most likely a target."""
    try:
        read_strict(Path(file))
    except InputError as error:
        if Path(file).exists() or Path(file).suffix:
            raise
        told = f"{error}: every word after --configfile is a file: write targets before it"
        raise InputError(told) from error


parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
parser.add_argument("files", nargs="*")
parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
given, others = parser.parse_known_args()
named = [] if others or given.configfile else given.files
try:
    for file in [*given.configfile, *named]:
        look(file)
except InputError as error:
    sys.exit(f"walkforge: {error}")
