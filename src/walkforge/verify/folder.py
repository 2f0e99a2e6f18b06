"""The files of a folder of results, read with nothing of the pipeline."""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from walkforge.verify.claim import Unreadable


class Folder:
    """A folder of results; paths are relative to it, and each frame is read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._frames: dict[str, pl.DataFrame] = {}

    @cached_property
    def files(self) -> Sequence[str]:
        """The paths of all that lies in it and is no folder, sorted; links are not followed."""
        found = (
            (Path(place) / name).relative_to(self.root).as_posix()
            for place, folders, names in os.walk(self.root)
            for name in [*names, *(each for each in folders if (Path(place) / each).is_symlink())]
        )
        return sorted(found)

    def content(self, path: str) -> bytes:
        """A file's bytes.

        Raises:
            Unreadable: it is missing, no regular file, or cannot be read.
        """
        file = self.root / path
        try:
            if not stat.S_ISREG(file.lstat().st_mode):
                raise Unreadable(f"{path}: no regular file")
            return file.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Unreadable(f"{path}: cannot be read ({reason})") from error

    def digest(self, path: str) -> str:
        """The SHA-256 of a file."""
        return hashlib.sha256(self.content(path)).hexdigest()

    def text(self, path: str) -> str:
        """A file's text."""
        try:
            return self.content(path).decode()
        except UnicodeDecodeError as error:
            raise Unreadable(f"{path}: not UTF-8") from error

    def json(self, path: str) -> Mapping[str, Any]:
        """The object of a JSON file.

        Raises:
            Unreadable: see content; it is no JSON, or no object.
        """
        try:
            value = json.loads(self.text(path))
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"{path}: not JSON") from error
        return _mapping(path, value)

    def yaml(self, path: str) -> Mapping[str, Any]:
        """The mapping of a YAML file.

        Raises:
            Unreadable: see content; it is no YAML, or no mapping.
        """
        try:
            value = yaml.safe_load(self.text(path))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise Unreadable(f"{path}: not YAML") from error
        return _mapping(path, value)

    def frame(self, path: str, *columns: str) -> pl.DataFrame:
        """The frame of a Parquet file.

        Raises:
            Unreadable: see content; it is no Parquet, or a column is missing or has nulls.
        """
        if path not in self._frames:
            content = self.content(path)
            try:
                self._frames[path] = pl.read_parquet(BytesIO(content))
            except (Exception, pl.exceptions.PanicException) as error:
                raise Unreadable(f"{path}: not a readable Parquet file") from error
        frame = self._frames[path]
        for name in columns:
            if name not in frame.columns:
                raise Unreadable(f"{path}: column {name} is missing")
            if frame[name].null_count():
                raise Unreadable(f"{path}: column {name} has nulls")
        return frame


def _mapping(path: str, value: Any) -> Mapping[str, Any]:
    """A mapping as it is."""
    if not isinstance(value, dict):
        raise Unreadable(f"{path}: holds no mapping")
    return value
