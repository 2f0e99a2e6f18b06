"""Studies to try things on: blank, built once for all tests, and a copy of it for each."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from workflow_study import Study, copied_project


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project and its small data, nothing run yet."""
    return copied_project(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def built(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study that has been run to the end, once for all processes of a test run."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    base = tmp_path_factory.getbasetemp()
    shared = (base if alone else base.parent) / "shared_study"
    with FileLock(shared.with_suffix(".lock")):
        if not shared.exists():
            folder = tmp_path_factory.mktemp("first") / "study"
            shutil.copytree(blank, folder)
            Study(folder).build()
            folder.rename(shared)
    own = tmp_path_factory.mktemp("built") / "study"
    shutil.copytree(shared, own)
    return Study(own)


@pytest.fixture
def study(built: Study, tmp_path: Path) -> Iterator[Study]:
    """A fresh copy of the study that has been run, times of files kept."""
    folder = tmp_path / "study"
    shutil.copytree(built.folder, folder)
    yield Study(folder)
    shutil.rmtree(folder)


@pytest.fixture
def unbuilt(blank: Path, tmp_path: Path) -> Study:
    """A copy of the study that has not been run."""
    folder = tmp_path / "study"
    shutil.copytree(blank, folder)
    return Study(folder)
