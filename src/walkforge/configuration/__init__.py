"""The configuration: read strictly, layered, checked as a whole, and sliced for the rules."""

from walkforge.configuration.checking import check, load_config
from walkforge.configuration.layers import from_command_line, from_environment, merge, resolve
from walkforge.configuration.slices import agent_slice, chosen_keys, chosen_value
from walkforge.configuration.strict_yaml import read_strict, to_yaml

__all__ = [
    "agent_slice",
    "check",
    "chosen_keys",
    "chosen_value",
    "from_command_line",
    "from_environment",
    "load_config",
    "merge",
    "read_strict",
    "resolve",
    "to_yaml",
]
