"""Write results/manifest.json as the results stand; `make run` calls it where there is none."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.closing import close  # noqa: E402
from walkforge.errors import InputError  # noqa: E402

try:
    if Path("results").is_dir():
        close(Path("results"))
except InputError as error:
    sys.exit(f"walkforge: {error}")
