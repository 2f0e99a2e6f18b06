"""What a page or a figure is made of, read: the one way in which reporting reads files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from walkforge.frames import read_frame
from walkforge.provenance import read_bytes, read_json
from walkforge.reporting.catalogue import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a page's `write` and a figure's `draw` are given.

    Attributes:
        files: what each input holds, by its name: a frame, what JSON says, or bytes. Of several
            files, and of a folder, what each holds by its path.
        config: the keys of the configuration that it consumes, nested as there.
        agent: the agent that it is of, '' where it is of none.
    """

    files: Mapping[str, Any]
    config: Mapping[str, Any]
    agent: str = ""

    @property
    def execution(self) -> str:
        """Where orders fill; the key market.execution must be among those that are consumed."""
        return str(self.config["market"]["execution"])


def read_material(
    found: Asked, inputs: Mapping[str, str | Sequence[str]], *, config: Mapping[str, Any]
) -> Material:
    """Read the inputs of a page or a figure, each checked against its manifest.

    Args:
        found: which. inputs: path or paths by name. config: the keys that it consumes.
    """
    files = {name: _read(inputs[name]) for name in found.entry.inputs}
    return Material(files=files, config=config, agent=found.of.get("agent", ""))


def _read(given: str | Sequence[str]) -> Any:
    """What one input holds."""
    if not isinstance(given, str):
        return {Path(path): _read_file(Path(path)) for path in given}
    path = Path(given)
    if path.is_dir():
        return {each: _read_file(each) for each in sorted(path.glob("*.png"))}
    return _read_file(path)


def _read_file(path: Path) -> Any:
    if path.suffix == ".parquet":
        return read_frame(path)
    return read_json(path) if path.suffix == ".json" else read_bytes(path)
