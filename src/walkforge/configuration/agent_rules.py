"""What must hold between agents and the entries that they name and override."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from walkforge.configuration.faults import Fault, KeyPath, dotted, shown
from walkforge.configuration.rules import ROLLOUT_SIZES, rollout_faults, sound_values
from walkforge.configuration.schedule import RATE, SCHEDULE, parse
from walkforge.configuration.schema import Schema, schema_faults
from walkforge.configuration.slices import SECTIONS
from walkforge.errors import nearest


def agent_faults(
    config: Mapping[str, Any], schema: Schema, *, faulty: Collection[KeyPath]
) -> Iterator[Fault]:
    """Give every fault between agents and the entries they name and override.

    Args:
        config: the resolved configuration.
        schema: of the whole configuration.
        faulty: paths in which the schema has found a fault; what depends on them waits.
    """
    sound = sound_values(config, [("agents",)], faulty=faulty)
    for agent in sound[0] if sound else ():
        for kind, section in SECTIONS.items():
            where = ("agents", agent, kind)
            named = sound_values(config, [where], faulty=faulty)
            entries = _schema_at(schema, section)["properties"]
            if named and named[0] in entries:
                entry = (*section, named[0])
                yield from _override_faults(
                    config, schema, faulty=faulty, entry=entry, agent_part=where
                )
            elif named:
                close = nearest(named[0], entries)
                problem = f"{shown(named[0])} is not in {dotted(section)}: write {close}"
                yield Fault(where, problem)


def algorithm_faults(config: Mapping[str, Any], *, faulty: Collection[KeyPath]) -> Iterator[Fault]:
    """Give the faults between the sizes of each algorithm's rollouts, where it has them."""
    algorithms = sound_values(config, [("algorithms",)], faulty=faulty)
    for name in algorithms[0] if algorithms else ():
        path = ("algorithms", name)
        sizes = sound_values(config, [(*path, size) for size in ROLLOUT_SIZES], faulty=faulty)
        if sizes is not None:
            yield from rollout_faults(dict(zip(ROLLOUT_SIZES, sizes, strict=True)), path=path)


def schedule_faults(
    config: Mapping[str, Any], schema: Schema, *, faulty: Collection[KeyPath]
) -> Iterator[Fault]:
    """Give the faults of numbers in schedules of algorithms that lie outside of what may be."""
    algorithms, agents = (
        (sound_values(config, [(section,)], faulty=faulty) or [{}])[0]
        for section in ("algorithms", "agents")
    )
    places: list[tuple[KeyPath, str]] = [(("algorithms", name), name) for name in algorithms]
    places += [
        (("agents", name, "overrides", "algorithm"), agent["algorithm"])
        for name, agent in agents.items()
        if isinstance(agent, Mapping) and "algorithm" in agent
    ]
    known = _schema_at(schema, ("algorithms",))["properties"]
    for path, algorithm in places:
        own = sound_values(config, [path], faulty=faulty)
        shapes = known.get(algorithm, {}).get("properties", {})
        for key, value in own[0].items() if own else ():
            shape = shapes.get(key, {})
            if isinstance(value, str) and shape.get("format") in (SCHEDULE, RATE):
                yield from _number_faults(value, shape, path=(*path, key))


def _number_faults(text: str, shape: Schema, *, path: KeyPath) -> Iterator[Fault]:
    """Give the faults of a schedule's numbers; at its end it may be 0 whatever its bounds."""
    try:
        schedule = parse(text)
    except ValueError:
        return  # which the schema tells
    number = {**shape, "type": "number"}
    for name, value in (("start", schedule.start), ("end", schedule.end)):
        if name == "start" or value != 0.0:
            for fault in schema_faults(value, number, path=path):
                yield fault._replace(problem=f"{shown(text)}, at its {name}: {fault.problem}")


def _schema_at(schema: Schema, path: KeyPath) -> Schema:
    """The schema of the value at a path of fixed keys."""
    for key in path:
        schema = schema["properties"][key]
    return schema


def _override_faults(
    config: Mapping[str, Any],
    schema: Schema,
    *,
    faulty: Collection[KeyPath],
    entry: KeyPath,
    agent_part: KeyPath,
) -> Iterator[Fault]:
    """Give the faults of an agent's own values for the entry at a path, such as algorithms.ppo."""
    section, agent, kind = agent_part
    path = (section, agent, "overrides", kind)
    own = sound_values(config, [path], faulty=faulty)
    if own is None:
        return
    some_of_entry = {**_schema_at(schema, entry), "required": []}
    found = list(schema_faults(own[0], some_of_entry, path=path))
    yield from found
    sizes = sound_values(config, [(*entry, size) for size in ROLLOUT_SIZES], faulty=faulty)
    if sizes and not found and not own[0].keys().isdisjoint(ROLLOUT_SIZES):
        resolved = dict(zip(ROLLOUT_SIZES, sizes, strict=True)) | own[0]
        yield from rollout_faults(resolved, path=path)
