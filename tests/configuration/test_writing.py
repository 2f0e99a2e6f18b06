"""A written configuration reads back exactly."""

import yaml
from hypothesis import given

from configurations import CONFIG, OWN, ROOT, few, read, trees
from walkforge.configuration.checking import load_config
from walkforge.configuration.slices import chosen_keys
from walkforge.configuration.strict_yaml import to_yaml


@few
@given(trees)
def test_written_yaml_reads_back_exactly_in_old_and_new_yaml(tree):
    text = to_yaml(tree)
    expected = repr(chosen_keys({"all": tree}, "all")["all"])
    assert repr(read(text)) == expected
    assert repr(yaml.safe_load(text)) == expected


def test_written_yaml_does_not_depend_on_the_order_of_keys_or_shared_values():
    shared = [1, 2]
    one = {"b": shared, "a": {"y": 1, "x": shared}}
    other = {"a": {"x": [1, 2], "y": 1}, "b": [1, 2]}
    assert to_yaml(one) == to_yaml(other)
    assert to_yaml({"symbols": ["NO", "1e3"], "rate": 1e-5}) == (
        "rate: 1.0e-05\nsymbols:\n- 'NO'\n- '1e3'\n"
    )


def test_the_written_configuration_resolves_to_itself(tmp_path):
    (tmp_path / "resolved.yaml").write_text(to_yaml(OWN))
    assert load_config([CONFIG, tmp_path / "resolved.yaml"], ROOT / "src", {}, {}) == OWN
