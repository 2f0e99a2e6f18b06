"""Evaluation: out-of-sample roll-outs, baselines on the same terms, stitched records."""
