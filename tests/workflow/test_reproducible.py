"""Two clean runs of one configuration give the same bytes."""

import shutil
from pathlib import Path

import pytest

from workflow_study import Study


def hashes(study: Study) -> dict[str, str]:
    found = {path: digest for path, (digest, _) in study.files().items()}
    del found["results/report.html"]
    return found


@pytest.mark.slow
def test_two_clean_runs_are_byte_identical(built: Study, blank: Path, tmp_path: Path) -> None:
    other = Study(tmp_path / "elsewhere")
    shutil.copytree(blank, other.folder)
    other.build()
    one = hashes(built)
    two = hashes(other)
    assert len(one) > 30
    assert one == two
