"""An algorithm that can act in some schemes alone is not given others, which is told unimported."""

from pathlib import Path

import pytest

from walkforge.agents import registry
from walkforge.errors import InputError


def test_an_agent_whose_algorithm_cannot_act_in_its_scheme_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = '"""No module that can be imported."""\nimport no_such\nSCHEMES = ("weights",)\n'
    (tmp_path / "numbers_alone.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    algorithms = registry.MODULES["algorithm"] | {"numbers": "numbers_alone"}
    monkeypatch.setattr(registry, "MODULES", registry.MODULES | {"algorithm": algorithms})
    assert registry.schemes_of("ppo") is None
    fitting = {"one": {"algorithm": "numbers", "scheme": "weights"}}
    registry.check_schemes(fitting | {"two": {"algorithm": "ppo", "scheme": "discrete9"}})
    told = "agents.two: algorithm numbers cannot act in scheme discrete9: choose weights"
    with pytest.raises(InputError, match=told):
        registry.check_schemes(fitting | {"two": {"algorithm": "numbers", "scheme": "discrete9"}})
