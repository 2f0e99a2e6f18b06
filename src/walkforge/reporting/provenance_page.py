"""The page of provenance: configuration, seeds, versions, code and hashes behind the results."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from walkforge.manifests import manifest_in
from walkforge.provenance import sha256_bytes
from walkforge.reporting.html.render import render_page
from walkforge.reporting.tables import Column, Table, make_table

_DIGESTED = re.compile(r"(.+)@([0-9a-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that the page shows; it reads no clock, file or network.

    text: the resolved configuration as YAML. code: `module@digest` and `distribution==version`, see
    digests.code_digest. python: the version of Python. manifests: by path of an artifact, the text
    of the manifest beside it.
    """

    text: str
    code: Sequence[str]
    python: str
    manifests: Mapping[str, str]


def provenance_html(known: Provenance) -> str:
    """The page of what results were made with; the same results give the same bytes."""
    return render_page(
        "provenance.html.j2",
        title="Provenance",
        known=known,
        config_digest=sha256_bytes(known.text.encode()),
        code_digest=sha256_bytes("\n".join(known.code).encode()),
        artifacts=_artifacts_table(known.manifests),
        seeds=_pairs_table("Seeds", ("key", "value"), list(seeds_of(yaml.safe_load(known.text)))),
        packages=_pairs_table(
            "Versions of Python and of the packages that the code imports",
            ("package", "version"),
            [("python", known.python), *versions_of(known.code)],
        ),
        modules=_pairs_table(
            "Digests of the code, comments left out", ("module", "digest"), digests_of(known.code)
        ),
    )


def seeds_of(config: Mapping[str, Any], *, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every key of a configuration that names seeds, written whole, and its value."""
    for key, value in config.items():
        place = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from seeds_of(value, above=f"{place}.")
        elif re.search(r"(^|_)seeds?$", str(key)):
            yield place, str(value)


def versions_of(code: Sequence[str]) -> list[tuple[str, str]]:
    """Name and version of the distributions among the entries of a code digest."""
    pairs = [entry.partition("==") for entry in code if "==" in entry and "@" not in entry]
    return sorted({(name, version) for name, _, version in pairs}, key=lambda pair: pair[0].lower())


def digests_of(code: Sequence[str]) -> list[tuple[str, str]]:
    """Name and digest of the scripts, modules and templates among the entries."""
    found = (_DIGESTED.fullmatch(entry) for entry in code)
    return sorted({(match[1], match[2]) for match in found if match})


def _artifacts_table(manifests: Mapping[str, str]) -> Table:
    rows = []
    for path, text in sorted(manifests.items()):
        said = manifest_in(text)
        digest, rule = (said.sha256, said.rule) if said else (None, None)
        rows.append({"file": path, "rule": rule, "SHA-256": digest})
    columns = [Column(label, "text", label) for label in ("file", "rule", "SHA-256")]
    return make_table(f"Hashes of {len(rows)} artifacts", columns, rows=rows)


def _pairs_table(caption: str, labels: tuple[str, str], pairs: list[tuple[str, str]]) -> Table:
    columns = [Column(label, "text", label) for label in labels]
    return make_table(
        caption, columns, rows=[dict(zip(labels, each, strict=True)) for each in pairs]
    )
