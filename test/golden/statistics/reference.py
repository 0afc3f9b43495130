"""Values of the statistics of a comparison by scipy, numpy and lifelines: python reference.py > ../expected/statistics.json

pip install scipy==1.17.1 numpy lifelines==0.30.3
"""

import json
import math

import numpy
from lifelines import KaplanMeierFitter
from scipy.stats import binomtest

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
            "curve": [{"time": time, "surviving": float(curve.loc[time])} for time in happened],
            "median": None if math.isinf(median) else float(median),
        }
    )

print(json.dumps({"wilson": wilson, "quantiles": quantiles, "survival": survival}, indent=2))
