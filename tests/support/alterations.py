"""What is altered in results, and which claims must not hold then; see tampering."""

from typing import NamedTuple

import polars as pl

from tampering import (
    CLOSING,
    CURVE,
    LATEST,
    PAGE,
    POLICY,
    RUN,
    VERDICT,
    WARM,
    Change,
    add,
    add_trial,
    append,
    change_frame,
    choose_features,
    cut,
    drop_strategy,
    edit_bytes,
    edit_closing,
    edit_json,
    edit_row,
    edit_text,
    edit_trial,
    flip,
    forge,
    keep_rows,
    link,
    remove,
    resigned,
    swap_picture,
    twice,
)

SOURCED = ' data-source="[^"]+" data-format="[^"]+"'
EVIDENCE = "evaluation/evidence.html"
METRICS = "evaluation/metrics.html"
DEFLATED = 'data-source="evaluation/verdict.json#agents/chooser_2/deflated"'

# Which claims find it once the hash beside the file is rewritten: path, change, claims.
ALTERED: dict[str, tuple[str, Change, set[str]]] = {
    "quantity in a ledger": (
        f"{RUN}/ledger.parquet",
        edit_row(f"{RUN}/ledger.parquet", "quantity", 20),
        {"fills", "cash", "equity"},
    ),
    "cost in a ledger": (
        f"{RUN}/ledger.parquet",
        edit_row(f"{RUN}/ledger.parquet", "slippage", 20, factor=0.0),
        {"cash", "equity"},
    ),
    "quantity in the ledger of the warm-in": (
        f"{WARM}/ledger.parquet",
        edit_row(f"{WARM}/ledger.parquet", "quantity", 20),
        {"fills", "cash", "equity", "weights", "closing", "returns"},
    ),
    "a day of the warm-in": (
        f"{WARM}/daily.parquet",
        edit_row(f"{WARM}/daily.parquet", "net_return", 5),
        {"equity"},
    ),
    "where the warm-in begins": (
        "folds/fold_1/test.json",
        edit_text(
            "folds/fold_1/test.json",
            r'("warm_in": \{\s*"end": "[0-9-]+",\s*"start": "2010-)\d\d',
            r"\g<1>08",
        ),
        {"rows"},
    ),
    **{
        f"{name} at the end": (CLOSING, edit_closing(name), {"closing"})
        for name in ("cash", "holdings", "equity", "entry", "trades")
    },
    "open of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "open", 250),
        {"tensor", "fills"},
    ),
    "close of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "close", 250),
        {"tensor", "equity"},
    ),
    "a bar that no fold tests": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "close", 3),
        {"tensor"},
    ),
    "high of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "high", 250),
        {"features"},
    ),
    "high of a bar before features are warmed up": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "high", 3),
        {"tensor"},
    ),
    "volume of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "volume", 250),
        {"tensor"},
    ),
    "a feature": (
        "features/features.parquet",
        edit_row("features/features.parquet", "x1", 250),
        {"features"},
    ),
    "a price in the tensor": (
        "features/market.safetensors",
        flip("features/market.safetensors", 0.5),
        {"rows"},
    ),
    "equity of a day": (
        f"{RUN}/daily.parquet",
        edit_row(f"{RUN}/daily.parquet", "equity", 20),
        {"equity", "lineage"},
    ),
    "a weight": (
        f"{RUN}/weights.parquet",
        edit_row(f"{RUN}/weights.parquet", "weight", 20),
        {"weights"},
    ),
    "a return of the record": (
        "evaluation/returns.parquet",
        edit_row("evaluation/returns.parquet", "net_return", 20),
        {"returns"},
    ),
    "a Sharpe ratio": (
        "evaluation/metrics.parquet",
        edit_row("evaluation/metrics.parquet", "sharpe", 0),
        {"metrics", "tables"},
    ),
    "a strategy's ratio": (
        "evaluation/strategies.parquet",
        edit_row("evaluation/strategies.parquet", "sharpe", 0),
        {"strategies", "tables"},
    ),
    "the largest day of a record": (
        "evaluation/strategies.parquet",
        change_frame("evaluation/strategies.parquet", pl.col("largest_date").dt.offset_by("1d")),
        {"strategies", "tables"},
    ),
    "a record without its largest day": (
        "evaluation/strategies.parquet",
        edit_row("evaluation/strategies.parquet", "sharpe_without", 0, factor=1.1),
        {"strategies", "tables"},
    ),
    "a policy": (
        f"{POLICY}/policy.safetensors",
        flip(f"{POLICY}/policy.safetensors"),
        {"policies"},
    ),
    "the verdict's word": (
        "evaluation/verdict.json",
        edit_text("evaluation/verdict.json", r'"word": "[a-z ]+"', '"word": "skill"'),
        {"word", "sentences"},
    ),
    "the deflated ratio": (
        "evaluation/verdict.json",
        edit_text("evaluation/verdict.json", r'"deflated": [0-9.e-]+', '"deflated": 0.987654'),
        {"verdict", "sentences"},
    ),
    "the trials of the verdict": (
        "evaluation/verdict.json",
        edit_text("evaluation/verdict.json", r'\n "trials": 1', '\n "trials": 7'),
        {"trials", "verdict", "sentences"},
    ),
    "a fold's window": (
        "folds/fold_1/test.json",
        edit_text("folds/fold_1/test.json", "2010-10-01", "2010-10-04"),
        {"folds", "rows", "tables"},
    ),
    "the score of the data": (
        "bars/quality.json",
        edit_text("bars/quality.json", "0.9875", "0.9975"),
        {"tables"},
    ),
    "what an audit compared": (
        "evaluation/chain.parquet",
        edit_row("evaluation/chain.parquet", "compared", 0, factor=2.0),
        {"tables"},
    ),
    "an audit that found a leak": (
        "evaluation/chain.parquet",
        change_frame("evaluation/chain.parquet", pl.lit(1).alias("leaks")),
        {"audits", "tables"},
    ),
    "an audit of another fold": (
        "evaluation/chain.parquet",
        change_frame("evaluation/chain.parquet", pl.col("fold").replace("fold_2", "fold_1")),
        {"audits"},
    ),
    "what a policy says of itself": (
        f"{POLICY}/config.json",
        edit_text(f"{POLICY}/config.json", '"kappa": 0.5', '"kappa": 0.7'),
        {"policies"},
    ),
    "a number with a point before it": (
        PAGE,
        edit_text(PAGE, r"(Over <span[^>]+>)(\d)", r"\g<1>.\g<2>"),
        {"sentences"},
    ),
    "a number turned by a word": (
        PAGE,
        edit_text(PAGE, r"(Over )(<span)", r"\g<1>minus \g<2>"),
        {"wording"},
    ),
    "a figure shown": (
        PAGE,
        edit_text(PAGE, rf'(data-value="-?\d\.\d+"{SOURCED}>-?\d+\.\d)\d', r"\g<1>x"),
        {"tables"},
    ),
    "the value behind a figure": (
        PAGE,
        edit_text(PAGE, r'data-value="(-?\d\.\d+)\d" ', r'data-value="\g<1>" '),
        {"tables"},
    ),
    "a strategy left out of the page": (PAGE, drop_strategy, {"tables"}),
    "a swapped picture": (PAGE, swap_picture, {"pictures"}),
    "a number in the verdict": (
        PAGE,
        edit_text(PAGE, r"(a Sharpe ratio of <span[^>]+>)[+-]\d\.\d\d", r"\g<1>+2.22"),
        {"sentences"},
    ),
    "a number in the finding": (
        PAGE,
        edit_text(PAGE, r">2 test windows", ">9 test windows"),
        {"sentences"},
    ),
    "a sentence more": (
        PAGE,
        edit_text(PAGE, r"<h2>Metrics</h2>", "<h2>Metrics</h2><p>A Sharpe ratio of 3.1.</p>"),
        {"wording"},
    ),
    "text outside of every paragraph": (
        PAGE,
        edit_text(PAGE, r"<h2>Metrics</h2>", "<div>Sharpe 3.1</div><h2>Metrics</h2>"),
        {"wording"},
    ),
    "a comment that browsers end at once": (
        PAGE,
        edit_text(PAGE, r"<h2>Metrics</h2>", "<!--><p>It has skill.</p><!-- --><h2>Metrics</h2>"),
        {"wording"},
    ),
    "a comment on another page": (
        EVIDENCE,
        edit_text(EVIDENCE, r"</main>", "<!--><p>It has skill.</p><!-- --></main>"),
        {"pages"},
    ),
    "a picture before the one that is compared": (
        PAGE,
        edit_text(PAGE, r"<img ", '<img src="data:image/png;base64,AAAA" '),
        {"wording"},
    ),
    "a verdict that is folded away": (
        PAGE,
        edit_text(
            PAGE,
            r'(?s)(<div class="finding verdict">.*?</div>)',
            r"<details><summary>First and last bar of each symbol</summary>\g<1></details>",
        ),
        {"wording"},
    ),
    "a style that hides": (
        PAGE,
        edit_text(PAGE, r"--accent: (#\w{6});", r"--accent: \g<1>; font-size: 0;"),
        {"wording"},
    ),
    "a ratio of another file in the verdict": (
        PAGE,
        edit_text(
            PAGE,
            r'data-source="evaluation/verdict\.json#agents/chooser_2/sharpe"',
            'data-source="evaluation/metrics.parquet#agent/chooser_2/mean/sharpe"',
        ),
        {"wording"},
    ),
    "a ratio of one seed for the mean": (
        PAGE,
        edit_text(
            PAGE,
            r'(<span data-source="evaluation/metrics\.parquet#agent/chooser_2/)mean/sharpe"',
            r'\g<1>0/sharpe"',
        ),
        {"wording"},
    ),
    "a format that writes a digit more": (
        EVIDENCE,
        edit_text(EVIDENCE, rf'({DEFLATED} data-format=")[^"]+', r"\g<1>9>6.3f"),
        {"pages"},
    ),
    "a sign before a number": (
        PAGE,
        edit_text(PAGE, r'(<span data-source="rule#one")', "\N{MINUS SIGN}\\g<1>"),
        {"wording"},
    ),
    "a number that is read out": (
        PAGE,
        edit_text(PAGE, r'aria-label="2 of 3 symbols', 'aria-label="3 of 3 symbols'),
        {"wording"},
    ),
    "a source that is none": (
        PAGE,
        edit_text(PAGE, DEFLATED, 'data-source="evaluation/verdict.json#agents/chooser_2/praise"'),
        {"sentences", "wording"},
    ),
    "a source of another field": (
        PAGE,
        edit_text(PAGE, DEFLATED, 'data-source="evaluation/verdict.json#agents/chooser_2/sharpe"'),
        {"sentences", "wording"},
    ),
    "a source of another strategy": (
        PAGE,
        edit_text(PAGE, "#agent/chooser_2/mean/sharpe", "#baseline/equal_weight/-/sharpe"),
        {"sentences"},
    ),
    "a figure without its source": (
        PAGE,
        edit_text(PAGE, rf"<span {DEFLATED}[^>]+>([^<]+)</span>", r"\g<1>"),
        {"wording", "sentences"},
    ),
    "another format of a figure": (
        PAGE,
        edit_text(PAGE, f'{DEFLATED} data-format=".3f"', f'{DEFLATED} data-format="z.2f"'),
        {"wording", "sentences"},
    ),
    "a format that is none": (
        PAGE,
        edit_text(PAGE, f'{DEFLATED} data-format=".3f"', f'{DEFLATED} data-format="praise"'),
        {"wording", "sentences"},
    ),
    "a choice that is none": (PAGE, edit_text(PAGE, "@LIKENESS", "@PRAISE"), {"sentences"}),
    "a cell's source that is none": (
        PAGE,
        edit_text(PAGE, "#agent/chooser_2/mean/sortino", "#agent/chooser_2/mean/praise"),
        {"tables"},
    ),
    "a cell of another row": (
        PAGE,
        edit_text(PAGE, "#agent/chooser_2/mean/sortino", "#baseline/cash/-/sortino"),
        {"tables"},
    ),
    "a cell of another column": (
        PAGE,
        edit_text(PAGE, "#agent/chooser_2/mean/sortino", "#agent/chooser_2/mean/calmar"),
        {"tables"},
    ),
    "a cell without its source": (
        PAGE,
        edit_text(PAGE, rf"{SOURCED}>(-?\d+\.\d\d)</td>", r">\g<1></td>"),
        {"tables", "wording"},
    ),
    "a cell in another format": (
        PAGE,
        edit_text(PAGE, r'(mean/sortino" data-format=")z.2f">(-?\d)[^<]+', r"\g<1>z.0f\">\g<2>"),
        {"wording"},
    ),
    "a field of another heading": (
        PAGE,
        edit_text(PAGE, 'data-field="sortino"', 'data-field="calmar"'),
        {"tables", "wording"},
    ),
    "headings of two columns swapped": (
        PAGE,
        edit_text(PAGE, "(?s)>Sortino<(.*?)>Calmar<", r">Calmar<\g<1>>Sortino<"),
        {"wording"},
    ),
    "a sentence of two that a figure decides": (
        PAGE,
        edit_text(PAGE, r'(@STUDY">)', r"\g<1>For study only, no evidence. "),
        {"sentences"},
    ),
    "a note that another study would show": (
        PAGE,
        edit_text(PAGE, "<h2>Metrics", "<p>Hold-outs have been opened 0 times.</p><h2>Metrics"),
        {"wording"},
    ),
    "a sentence of words that the source has": (
        PAGE,
        edit_text(PAGE, "<h2>Metrics", "<p>skill</p><h2>Metrics"),
        {"wording"},
    ),
    "a link to another page": (
        PAGE,
        edit_text(PAGE, 'href="evidence.html"', 'href="praise.html"'),
        {"wording"},
    ),
    "an error that allows for memory, which that page shows": (
        "evaluation/strategies.parquet",
        edit_row("evaluation/strategies.parquet", "beta_standard_error", 0, factor=2.0),
        {"pages"},
    ),
    "a figure on the page of evidence": (
        EVIDENCE,
        edit_text(EVIDENCE, rf'(data-value="-?\d\.\d+"{SOURCED}>-?\d+\.\d)\d', r"\g<1>x"),
        {"pages"},
    ),
    "a figure in a sentence of that page": (
        EVIDENCE,
        edit_text(EVIDENCE, rf"({DEFLATED}[^>]+>)[^<]+", r"\g<1>0.987"),
        {"pages"},
    ),
    "a value behind a figure on the page of metrics": (
        METRICS,
        edit_text(METRICS, r'data-value="(-?\d\.\d+)\d" ', r'data-value="\g<1>" '),
        {"pages"},
    ),
    "the openings of the hold-out": (
        PAGE,
        edit_text(PAGE, "has been opened once", "has never been opened"),
        {"sentences"},
    ),
    **{
        f"the verdict's {field} of one agent, {value}": (
            VERDICT,
            edit_json(VERDICT, ("agents", "chooser_2", *field.split(", ")), value),
            claims,
        )
        for field, value, claims in (
            ("days", 999, {"verdict", "sentences"}),
            ("annual_difference", 0.5, {"verdict"}),
            ("sharpe", 3.0, {"verdict", "sentences"}),
            ("probabilistic", 0.9, {"verdict"}),
            ("trials", 9, {"verdict"}),
            ("years_to_skill", 1.5, {"verdict"}),
            ("years_to_no_skill", 1.5, {"verdict"}),
            ("low", 9.0, {"word", "fields"}),
            ("superior_p", 7.0, {"fields"}),
            ("superior_p", 0.001, {"fields"}),
            ("reasons", ["met: all"], {"fields"}),
            ("alpha_z", 2.5, {"verdict"}),
            ("market, entropy", 0.01, {"verdict", "sentences"}),
            ("market, name", "buys and holds", {"verdict", "sentences"}),
            ("chance, share_below", 0.99, {"verdict"}),
            ("chance, sharpe", 0.99, {"verdict"}),
            ("chance, turnover_ratio", 1.0, {"verdict", "fields"}),
            ("over_seeds, seeds", 5, {"verdict"}),
            ("over_seeds, folds", 5, {"verdict"}),
            ("over_seeds, interquartile_mean", 0.5, {"verdict"}),
            ("over_seeds, probability_of_improvement", 0.5, {"verdict"}),
            ("over_seeds, by_seed", [2.0, 1.0], {"fields"}),
            ("market, praise", "sound", {"fields"}),
            ("praise", "sound", {"fields"}),
        )
    },
    **{
        f"the verdict's {field}": (VERDICT, edit_json(VERDICT, (field,), value), claims)
        for field, value, claims in (
            ("praise", "sound", {"fields"}),
            ("schema_version", 2, {"fields"}),
            ("execution", "close", {"fields"}),
            ("block_days", 0.5, {"fields"}),
            ("confidence", 0.99, {"verdict"}),
            ("periods_per_year", 365, {"verdict"}),
            ("overfitting_probability", 0.1, {"verdict"}),
            ("superior_to_equal_weight", ["nobody"], {"verdict"}),
            ("agents", {}, {"verdict", "word"}),
            ("holdout_opened", 0, {"trials", "sentences"}),
        )
    },
    "a column more in a table of figures": (
        "evaluation/against.parquet",
        change_frame("evaluation/against.parquet", pl.lit(1.0).alias("praise")),
        {"fields"},
    ),
    "what choosing symbols earned": (
        "evaluation/strategies.parquet",
        edit_row("evaluation/strategies.parquet", "selection", 0, factor=2.0),
        {"strategies"},
    ),
    "a symbol's selection on a day": (
        "evaluation/returns.parquet",
        edit_row("evaluation/returns.parquet", "selection", 20, factor=2.0),
        {"returns"},
    ),
    "a difference from a baseline": (
        "evaluation/against.parquet",
        edit_row("evaluation/against.parquet", "annual_difference", 0),
        {"against", "tables"},
    ),
    "a difference of ratios": (
        "evaluation/against.parquet",
        edit_row("evaluation/against.parquet", "sharpe_difference", 0),
        {"against", "tables"},
    ),
    "an interval turned round": (
        "evaluation/against.parquet",
        change_frame("evaluation/against.parquet", pl.lit(99.0).alias("low")),
        {"against"},
    ),
    "a strategy's interval turned round": (
        "evaluation/strategies.parquet",
        change_frame("evaluation/strategies.parquet", pl.lit(99.0).alias("low")),
        {"strategies"},
    ),
    "a strategy less": (
        "evaluation/strategies.parquet",
        keep_rows("evaluation/strategies.parquet", pl.col("strategy") != "cash"),
        {"strategies", "tables"},
    ),
    "a pair less": (
        "evaluation/against.parquet",
        keep_rows("evaluation/against.parquet", pl.col("baseline") != "cash"),
        {"against"},
    ),
    "a row less in the metrics": (
        "evaluation/metrics.parquet",
        keep_rows("evaluation/metrics.parquet", pl.col("strategy") != "cash"),
        {"metrics"},
    ),
    "a row twice in the metrics": (
        "evaluation/metrics.parquet",
        twice("evaluation/metrics.parquet"),
        {"metrics"},
    ),
    "a strategy less in the record": (
        "evaluation/returns.parquet",
        keep_rows("evaluation/returns.parquet", pl.col("strategy") != "cash"),
        {"returns"},
    ),
    "the fold of a day in the record": (
        "evaluation/returns.parquet",
        change_frame("evaluation/returns.parquet", pl.lit("fold_1").alias("fold")),
        {"returns"},
    ),
    "a day less in an account": (
        f"{RUN}/daily.parquet",
        keep_rows(f"{RUN}/daily.parquet", pl.int_range(pl.len()) != 20),
        {"equity"},
    ),
    "a symbol of the weights": (
        f"{RUN}/weights.parquet",
        change_frame(f"{RUN}/weights.parquet", pl.lit("S00").alias("symbol")),
        {"weights"},
    ),
    **{
        f"{column} in a ledger": (
            f"{RUN}/ledger.parquet",
            edit_row(f"{RUN}/ledger.parquet", column, 20),
            claims,
        )
        for column, claims in (
            ("price", {"fills"}),
            ("value", {"fills"}),
            ("commission", {"fills"}),
            ("cash_after", {"cash"}),
            ("holding_after", {"cash"}),
        )
    },
    "more slippage than there can be": (
        f"{RUN}/ledger.parquet",
        edit_row(f"{RUN}/ledger.parquet", "slippage", 20, factor=1e4),
        {"fills"},
    ),
    "a purchase beyond the cash": (
        f"{RUN}/ledger.parquet",
        edit_row(f"{RUN}/ledger.parquet", "quantity", 20, factor=1e3),
        {"cash"},
    ),
    "a symbol held after its end": (
        f"{RUN}/ledger.parquet",
        keep_rows(f"{RUN}/ledger.parquet", pl.col("side") != "delisted"),
        {"cash"},
    ),
    "a fill on another day": (
        f"{RUN}/ledger.parquet",
        change_frame(f"{RUN}/ledger.parquet", pl.col("date").dt.offset_by("1y")),
        {"fills", "cash", "equity", "weights", "returns"},
    ),
    "the date at the end": (
        CLOSING,
        edit_bytes(CLOSING, rb"2011-0\d-\d\d", b"2011-01-03"),
        {"closing"},
    ),
    "a symbol at the end": (CLOSING, edit_bytes(CLOSING, rb"S00", b"S09"), {"closing"}),
    "a step of training": (CURVE, edit_row(CURVE, "timesteps", 1), {"curves"}),
    "a roll-out less": (CURVE, keep_rows(CURVE, pl.int_range(pl.len()) != 1), {"curves"}),
    "a share above one in a curve": (
        CURVE,
        edit_row(CURVE, "clip_fraction", 1, factor=9.0),
        {"curves"},
    ),
    "a curve of another policy": (CURVE, edit_row(CURVE, "action_std", 2), {"curves"}),
    "a column more in a curve": (
        CURVE,
        change_frame(CURVE, pl.lit(1.0).alias("praise")),
        {"curves"},
    ),
    "a curve that is taken away": (CURVE, remove(CURVE), {"curves"}),
    **{
        f"the newest {name}": (
            f"rankings/latest{name}",
            edit_text(f"rankings/latest{name}", *how),
            {"rankings"},
        )
        for name, how in {
            ".csv": ("S01,buy", "S01,sell"),
            "_changes.csv": ("hold", "sell"),
            ".json": ('"stale": 0', '"stale": 1'),
            ".html": ("S01", "S09"),
        }.items()
    },
    "the newest ranking": (
        "rankings/latest.parquet",
        edit_row("rankings/latest.parquet", "score", 0),
        {"rankings", "tables"},
    ),
    **{
        f"{name} of a dated ranking, {old}": (
            f"{LATEST}/{name}",
            edit_text(f"{LATEST}/{name}", old, new),
            {"rankings"},
        )
        for name, old, new in (
            ("ranking.csv", "S01,buy", "S01,sell"),
            ("ranking.csv", "0.25", "0.26"),
            ("ranking.csv", "^rank,", "place,"),
            ("ranking.csv", "\n2,[^\n]+", ""),
            ("changes.csv", "S01,1", "S01,2"),
            ("changes.csv", "0.09375", "0.09376"),
            ("changes.csv", "S01", "S09"),
            ("ranking.html", 'data-value="0.25">', 'data-value="0.26">'),
            ("ranking.html", 'data-value="0.175">', 'data-value="0.176">'),
            ("ranking.html", 'data-value="0.01">', 'data-value="0.02">'),
            ("ranking.html", r'(data-value="0\.25">)[^<]+', r"\g<1>99.9 %"),
            ("ranking.html", "▲ buy", "▼ sell"),
            ("ranking.html", "</main>", "<!--><p>It has skill.</p><!-- --></main>"),
            ("ranking.html", "(?s)<table.*?</table>", ""),
            ("ranking.html", r"(?s)(What changed.*?)<tr>\s*<th scope=.row.*?</tr>", r"\g<1>"),
            ("summary.json", '"buys": 1', '"buys": 2'),
            ("summary.json", '"stale": 0', '"stale": 1'),
            ("summary.json", '"action_band": 0.1', '"action_band": 0.9'),
            ("summary.json", '"exposure": 0.475', '"exposure": 0.5'),
            ("summary.json", '"tradable": 2', '"tradable": 20'),
            ("summary.json", '"sessions": 12', '"sessions": -1'),
            ("summary.json", '"opens":', '"praise": 1, "opens":'),
            ("summary.json", '"stale":', '"praise": 1, "stale":'),
            ("summary.json", '"seed_0": "..', '"seed_0": "zz'),
        )
    },
    "a score of a dated ranking": (
        f"{LATEST}/ranking.parquet",
        edit_row(f"{LATEST}/ranking.parquet", "score", 0),
        {"rankings"},
    ),
    "a column more in a dated ranking": (
        f"{LATEST}/ranking.parquet",
        change_frame(f"{LATEST}/ranking.parquet", pl.lit(1.0).alias("praise")),
        {"rankings"},
    ),
    "the ranks of a dated ranking": (
        f"{LATEST}/ranking.parquet",
        change_frame(f"{LATEST}/ranking.parquet", pl.col("rank") + 1),
        {"rankings"},
    ),
    "the date of a dated ranking": (
        f"{LATEST}/ranking.parquet",
        change_frame(f"{LATEST}/ranking.parquet", pl.col("as_of").dt.offset_by("1d")),
        {"rankings"},
    ),
    "what the newest ranking waits for": (
        "folds/latest.json",
        edit_text("folds/latest.json", r'"waiting": \[\]', '"waiting": ["S00"]'),
        {"rankings"},
    ),
    **{
        f"on the page {what}": (PAGE, edit_text(PAGE, *how), claims)
        for what, how, claims in (
            (
                "a claim without digits",
                ("<h2>Metrics</h2>", "<p>This agent has skill.</p><h2>Metrics</h2>"),
                {"wording"},
            ),
            (
                "a claim in a known sentence",
                ("That is no verdict of skill", "That is skill"),
                {"wording"},
            ),
            (
                "a heading more",
                ("<h2>Metrics</h2>", "<h2>Skill shown</h2><h2>Metrics</h2>"),
                {"wording"},
            ),
            ("a caveat less", ("Both rest on one historical path. ", ""), {"wording"}),
            (
                "a note less",
                ('<p class="note"><span[^\n]+A difference counts.*?</p>', ""),
                {"wording"},
            ),
            (
                "a verdict that a figure would have to decide",
                ("<h2>Metrics</h2>", "<p>No hold-out has been opened.</p><h2>Metrics</h2>"),
                {"wording"},
            ),
            (
                "a style that hides the verdict",
                ("</style>", ".verdict {display: none}</style>"),
                {"wording"},
            ),
            ("a tag that hides a part", ("<main>", "<main hidden>"), {"wording"}),
            (
                "what is read out",
                ('aria-label="Performance', 'aria-label="Skilled performance'),
                {"wording"},
            ),
            ("another title", ("<h1>A study", "<h1>A skilled study"), {"sentences"}),
            (
                "another verdict",
                (r'(/word" data-format="">)[a-z ]+', r"\g<1>skill"),
                {"sentences"},
            ),
            (
                "a stamp",
                ("<h2>Metrics</h2>", "<p>FOR STUDY ONLY</p><h2>Metrics</h2>"),
                {"wording"},
            ),
            (
                "a label with a number",
                ('aria-label="Performance', 'aria-label="3.1 Performance'),
                {"wording"},
            ),
            (
                "words that a figure decides",
                (">moves with the market", ">goes its own way"),
                {"sentences"},
            ),
            ("a table more", ("<h2>Metrics</h2>", "<table></table><h2>Metrics</h2>"), {"tables"}),
            ("a heading of a table", (">volatility</button>", ">vola</button>"), {"wording"}),
            (
                "a cell more",
                (r'(<td class="number" data-value="[^>]+>)', r"<td>1</td>\g<1>"),
                {"tables"},
            ),
            ("a picture less", ("<img[^>]+>", ""), {"pictures"}),
            ("another digest", (r'(/sha256" data-format="">)..', r"\g<1>00"), {"sentences"}),
            ("a version beside another", (r'(data-value=")0.1.0"', r'\g<1>0.2.0"'), {"tables"}),
        )
    },
    **{
        f"{what} of a policy's manifest": (
            f"{POLICY}/manifest.json",
            edit_text(f"{POLICY}/manifest.json", *how),
            {"policies"},
        )
        for what, how in {
            "a size": (r'"bytes": \d', '"bytes": 9'),
            "a hash": (r'"sha256": "..', '"sha256": "zz'),
            "a file": ('"config.json"', '"other.json"'),
            "the list": ('"files"', '"other"'),
        }.items()
    },
    **{
        f"{what} of a policy": (
            f"{POLICY}/config.json",
            edit_text(f"{POLICY}/config.json", *how),
            {"policies"},
        )
        for what, how in {
            "a feature": ('"x0"', '"x9"'),
            "the agent": ('"agent"', '"other"'),
        }.items()
    },
    "a copy of a policy": (f"{POLICY}/policy.zip", flip(f"{POLICY}/policy.zip", 0.5), {"policies"}),
    "a policy cut short": (
        f"{POLICY}/policy.safetensors",
        cut(f"{POLICY}/policy.safetensors"),
        {"policies"},
    ),
    "daily figures that are taken away": (
        f"{RUN}/daily.parquet",
        remove(f"{RUN}/daily.parquet", f"{RUN}/daily.parquet.sha256"),
        {"equity", "returns"},
    ),
    "weights that are taken away": (
        f"{RUN}/weights.parquet",
        remove(f"{RUN}/weights.parquet", f"{RUN}/weights.parquet.sha256"),
        {"weights"},
    ),
    "the date of a ranking's summary": (
        f"{LATEST}/summary.json",
        edit_text(f"{LATEST}/summary.json", "2011-06-03", "2011-06-04"),
        {"rankings"},
    ),
    **{
        f"{what} of the tensor": (
            "features/market.json",
            edit_text("features/market.json", *how),
            claims,
        )
        for what, how, claims in (
            ("a date", ("2010-01-05", "2010-01-09"), {"tensor"}),
            ("a symbol", ('"S02"', '"S09"'), {"tensor"}),
            ("a feature's name", ('"x1"', '"x9"'), {"features"}),
        )
    },
    "a row less in the features": (
        "features/features.parquet",
        keep_rows("features/features.parquet", pl.int_range(pl.len()) != 300),
        {"features"},
    ),
    "a low above the close": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "low", 250, factor=1.5),
        {"features"},
    ),
    "a feature that no audit saw": (
        "features/audit.parquet",
        change_frame("features/audit.parquet", pl.lit("x0").alias("feature")),
        {"audits"},
    ),
}


class Altered(NamedTuple):
    """An alteration of the set of files: what is done, and the claims that must not hold."""

    change: Change
    claims: set[str]


# Nothing is signed anew after these.
FILES: dict[str, Altered] = {
    "a record of another rule": Altered(
        edit_text(f"{RUN}/daily.parquet.sha256", "rule evaluate_agent", "rule evaluate_split"),
        {"lineage"},
    ),
    "a record of another configuration": Altered(
        edit_text(f"{RUN}/daily.parquet.sha256", '"params":"[^"]+"', '"params":"another"'),
        {"lineage"},
    ),
    "a record that does not say what it was made of": Altered(
        edit_text(f"{RUN}/daily.parquet.sha256", r"# made of [^\n]+\n", ""), {"lineage"}
    ),
    "a record of no fold": Altered(
        edit_text(f"{RUN}/daily.parquet.sha256", '"results/folds/fold_1/test.json":"[^"]+",', ""),
        {"lineage"},
    ),
    "a file and its hash removed": Altered(
        remove("evaluation/evidence.html", "evaluation/evidence.html.sha256"), {"files"}
    ),
    "a folder removed": Altered(remove("evaluation/sensitivity"), {"files"}),
    "a folder of a fold removed": Altered(remove("agents/chooser_2/fold_1"), {"files", "policies"}),
    "a file added": Altered(add("evaluation/praise.html"), {"files", "hashes"}),
    "a file added with a hash": Altered(add("evaluation/praise.html", signed=True), {"files"}),
    "a folder added with hashes": Altered(add("evaluation/x/praise.csv", signed=True), {"files"}),
    "a file of no kind added": Altered(add("praise"), {"files", "hashes"}),
    "a hash removed": Altered(remove("evaluation/metrics.parquet.sha256"), {"hashes"}),
    "a file removed, its hash left": Altered(
        remove("evaluation/evidence.html"), {"hashes", "files"}
    ),
    "a bit of a file": Altered(flip("figures/sharpe.png"), {"hashes"}),
    "features that are not there": Altered(choose_features, {"policies"}),
    "a hash of another name": Altered(
        edit_text("config.yaml.sha256", "config.yaml", "other.yaml"), {"hashes"}
    ),
    "a rule in a manifest": Altered(
        edit_text("config.yaml.sha256", "all_rules", "other_rule"), {"files"}
    ),
    "a forged file with its hash": Altered(forge("evaluation/evidence.html"), {"files"}),
    "the manifest of manifests removed": Altered(
        remove("manifest.json", "manifest.json.sha256"), {"files"}
    ),
    "an entry of another shape": Altered(
        resigned(edit_json("manifest.json", ("artifacts", "config.yaml", "praise"), 1)), {"files"}
    ),
    "a manifest of another version": Altered(
        resigned(edit_json("manifest.json", ("schema_version",), 2)), {"files"}
    ),
    "a manifest with a field more": Altered(
        resigned(edit_json("manifest.json", ("praise",), 2)), {"files"}
    ),
    "a manifest of nothing": Altered(
        resigned(edit_json("manifest.json", ("artifacts",), [])), {"files"}
    ),
    "a mark that holds text": Altered(add("figures/.snakemake_timestamp"), {"hashes"}),
    "a record of trials removed": Altered(remove("trials"), {"trials"}),
    "a record of trials added": Altered(add_trial, {"trials"}),
    "a record of trials edited": Altered(edit_trial, {"trials"}),
    "a file among the trials": Altered(add("trials/note"), {"trials"}),
    "an opening added": Altered(append("holdout/access.jsonl", b"{}\n"), {"trials"}),
    "the openings removed": Altered(remove("holdout/access.jsonl"), {"trials"}),
    "a link in place of a file": Altered(link("evaluation/evidence.html"), {"hashes"}),
}

# What no claim is about, signed anew: its file and its change.
NOT_FOUND: dict[str, tuple[str, Change]] = {
    **{
        f"{path}, of which the hash alone is compared": (
            path,
            append(path, b" This agent has skill."),
        )
        for path in (
            "evaluation/evidence.html",
            "evaluation/sensitivity/figures.parquet",
            "figures/sharpe.png",
            "bars/quarantine.parquet",
            "report.html",
            "logs/verify.log",
        )
    },
    "what an opening says": (
        "holdout/access.jsonl",
        edit_text("holdout/access.jsonl", "2011", "2012"),
    ),
    "a reward of a training": (CURVE, edit_row(CURVE, "reward", 1)),
}
