"""Values of the statistics of a comparison by scipy, numpy and lifelines: python reference.py > ../expected/statistics.json

pip install scipy==1.17.1 numpy lifelines==0.30.3
"""

import json
import math

import numpy
from lifelines import KaplanMeierFitter
from scipy.optimize import brentq
from scipy.stats import binomtest, bootstrap, mannwhitneyu, norm, permutation_test, rankdata, trim_mean

wilson = []
for successes, trials in [(0, 1), (1, 1), (0, 10), (3, 10), (8, 10), (10, 10), (29, 30), (117, 200)]:
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    wilson.append({"successes": successes, "trials": trials, "low": interval.low, "high": interval.high})

samples = [[3.0], [1.0, 2.0], [5.0, 1.0, 4.0, 2.0], [0.3, 7.25, 2.5, 2.5, 9.0, -1.0, 4.0]]
quantiles = [
    {"values": values, "share": share, "quantile": float(numpy.quantile(values, share))}
    for values in samples
    for share in [0, 0.1, 0.25, 0.5, 0.75, 1]
]


def survival_steps(fitter, curve, happened):
    """S(t) with Rothman's band: scipy's Wilson interval of S on S (1 - S) / V trials, V by Greenwood from lifelines' table."""
    steps, greenwood, known = [], 0.0, None
    for time in happened:
        row = fitter.event_table.loc[time]
        surviving = float(curve.loc[time])
        if row.at_risk > row.observed:
            greenwood += row.observed / (row.at_risk * (row.at_risk - row.observed))
            known = surviving * (1 - surviving) / (surviving**2 * greenwood)
        elif known is None:
            known = row.at_risk
        z = norm.ppf(0.975)
        # The score test's own equation, |p - S| = z sqrt(p (1 - p) / n), solved for p.
        outside = lambda p: (p - surviving) ** 2 - z**2 * p * (1 - p) / known
        low = 0.0 if surviving == 0 else brentq(outside, 0, surviving, xtol=1e-14)
        high = brentq(outside, max(surviving, 1e-9), 1, xtol=1e-14)
        steps.append({"time": time, "surviving": surviving, "low": low, "high": high})
    return steps


observed = [
    ([(4, True), (7, True), (2, True)]),
    ([(5, True), (9, False), (5, True), (5, False), (8, True), (12, True), (9, False)]),
    ([(100, False), (30, True), (100, False), (60, True)]),
    ([(100, False), (100, False)]),
]
survival = []
for observations in observed:
    fitter = KaplanMeierFitter().fit([time for time, _ in observations], [happened for _, happened in observations])
    curve = fitter.survival_function_["KM_estimate"]
    happened = sorted({time for time, event in observations if event})
    median = fitter.median_survival_time_
    survival.append(
        {
            "observations": [{"time": time, "happened": event} for time, event in observations],
            "curve": survival_steps(fitter, curve, happened),
            "median": None if math.isinf(median) else float(median),
        }
    )

random = numpy.random.default_rng(20261201)
UNREACHED = "never"


def told(values):
    return [UNREACHED if math.isinf(value) else value for value in values]


def rank_test(x, y):
    """scipy's exact test where nothing ties; every partition of the pooled midranks where something does."""
    pooled = numpy.array(x + y)
    if len(pooled) > 60:
        # scipy ranks infinite values as it does all others.
        return mannwhitneyu(x, y, method="asymptotic").pvalue
    if len(set(x + y)) == len(pooled):
        return mannwhitneyu(x, y, method="exact").pvalue
    ranks = rankdata(pooled)
    statistic = lambda a, b, axis: numpy.sum(a, axis=axis)
    return permutation_test((ranks[: len(x)], ranks[len(x) :]), statistic, vectorized=True, n_resamples=numpy.inf).pvalue


def a12(x, y):
    below = sum((a < b) + 0.5 * (a == b) for a in x for b in y) / (len(x) * len(y))
    others, z = (len(x) + len(y)) / 2 - 1, norm.ppf(0.975)

    def outside(a):
        variance = a * (1 - a) * (1 + others * ((1 - a) / (2 - a) + a / (1 + a))) / (len(x) * len(y))
        return abs(below - a) - z * math.sqrt(variance)

    low = 0.0 if below == 0 else brentq(outside, 0, min(below, 1 - 1e-9), xtol=1e-14)
    high = 1.0 if below == 1 else brentq(outside, max(below, 1e-9), 1, xtol=1e-14)
    return {"chance": below, "low": low, "high": high}


inf = math.inf
samples = [
    ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
    ([1.0, 5.0, 3.0], [4.0, 2.0, 6.0, 7.5]),
    ([1.0, 2.0, inf], [4.0, inf, inf]),
    ([inf, inf, inf], [inf, inf, inf]),
    ([2.0, 2.0, 5.0, 7.0, inf], [2.0, 7.0, 9.0, inf, inf, inf, 11.0]),
    (random.normal(0, 1, 10).tolist(), random.normal(1, 1, 10).tolist()),
    (random.normal(0, 1, 30).tolist(), random.normal(0.6, 1, 30).tolist()),
    (random.normal(0, 1, 50).tolist(), random.normal(0.4, 1, 40).tolist()),
    (random.integers(0, 9, 45).astype(float).tolist(), random.integers(1, 11, 60).astype(float).tolist()),
]
two = [
    {"x": told(x), "y": told(y), "u": float(mannwhitneyu(x, y).statistic), "p": float(rank_test(x, y)), "superiority": a12(x, y)}
    for x, y in samples
]

tails = [{"z": z, "tail": float(norm.sf(z))} for z in [-4, -0.3, 0, 0.1, 1.959963984540054, 2.999, 3.0, 3.5, 6, 12, 30]]

scores = [random.beta(4, 2, 10).tolist(), random.beta(2, 3, 10).tolist(), random.beta(8, 2, 9).tolist()]
middle = lambda *groups: trim_mean(numpy.concatenate(groups), 0.25)
interval = bootstrap(scores, middle, vectorized=False, method="percentile", n_resamples=20000, rng=random).confidence_interval
interquartile = {"scores": scores, "mean": float(middle(*scores)), "low": float(interval.low), "high": float(interval.high)}

print(
    json.dumps(
        {
            "wilson": wilson,
            "quantiles": quantiles,
            "survival": survival,
            "two": two,
            "tails": tails,
            "interquartile": interquartile,
        },
        indent=2,
    )
)
