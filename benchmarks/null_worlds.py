"""How often random walks are called skill: `python benchmarks/null_worlds.py [WORLDS]`.

200 worlds of 6 symbols and 500 scored days in two test windows, half of them with five sessions a
week and half with seven; a third of them rises, a third falls. In each an agent of three seeds acts
on opinions that no data gave, with a speed, a taste for cash and a strength that the world draws,
nearly free of cost, which favours it. All goes through the account of the record, the random
policies and the verdict of the workflow. No more than 5 % of the worlds may be called skill.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/support")]

from null_worlds import DRIFTS, verdict_in, worlds  # noqa: E402

WORLDS = 200
MOST = 0.05
WORDS = ("skill", "inconclusive", "no skill")


def main() -> None:
    """Print the words by drift, what each condition alone lets through, and the share of skill."""
    torch.set_num_threads(1)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    words = Counter[tuple[str, str]]()
    met = Counter[tuple[str, int]]()
    began = time.perf_counter()
    for world in worlds(count):
        found = verdict_in(world)
        words[world.drift, found["word"]] += 1
        for place, reason in enumerate(found["reasons"][:4]):
            met[world.drift, place] += reason.startswith("met")
    print(f"{'drift':10}" + "".join(f"{word:>14}" for word in WORDS)
          + "   met: bound, deflated, SPA, luck")  # fmt: skip
    for drift in DRIFTS:
        row = "".join(f"{words[drift, word]:14}" for word in WORDS)
        print(f"{drift:10}{row}   {[met[drift, place] for place in range(4)]}")
    skill = sum(words[drift, "skill"] for drift in DRIFTS)
    spent = time.perf_counter() - began
    print(f"skill in {skill} of {count} worlds ({100.0 * skill / count:.1f} %), {spent:.0f} s")
    sys.exit(skill > MOST * count)


if __name__ == "__main__":
    main()
