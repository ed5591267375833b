"""Writes cpython_3_11_7.json: what CPython's random draws, for the tests beside it.

Run with CPython 3.11.7 on glibc (2.28 or newer), x86-64 with FMA:
    python3.11 tests/random/record_cpython.py
Floats are written as repr, which reads back exactly; integers of any size as decimal strings.
"""

import array
import hashlib
import json
import math
import pathlib
import platform
import random

SEEDS = [0, 1, 42, -7, 2**32 + 5, 2**100 + 3, 123456789012345678901234567890]
BITS = [1, 5, 32, 33, 64, 100, 0, 31, 128]
WEIGHTS = [0.1, 0.0, 2.5, 0.7, 1e-9, 3.0, 0.0]
DIGEST_DRAWS = 200_000
TWO_PI = 2 * math.pi


def digest(values):
    """sha256 of the values as little-endian doubles."""
    return hashlib.sha256(array.array("d", values).tobytes()).hexdigest()


def record_seed(seed):
    r = random.Random(seed)
    record = {"seed": str(seed), "random": [r.random() for _ in range(10)]}
    record["getrandbits"] = [{"k": k, "value": str(r.getrandbits(k))} for k in BITS]
    shuffled = list(range(50))
    r.shuffle(shuffled)
    record["shuffle"] = shuffled
    record["gauss"] = [r.gauss(0.25, 1.5) for _ in range(41)]
    record["choices"] = r.choices(range(len(WEIGHTS)), WEIGHTS, k=40)
    record["last"] = r.random()
    return record


def record_digests(seed):
    r = random.Random(seed)
    u = [r.random() for _ in range(DIGEST_DRAWS)]
    r = random.Random(seed)
    return {
        "seed": seed,
        "draws": DIGEST_DRAWS,
        "log": digest(math.log(1.0 - x) for x in u),
        "sin": digest(math.sin(TWO_PI * x) for x in u),
        "cos": digest(math.cos(TWO_PI * x) for x in u),
        "gauss": digest(r.gauss(0, 0.08) for _ in range(DIGEST_DRAWS)),
    }


def around(*points):
    """The points with their two neighbours."""
    return [y for p in points for y in (math.nextafter(p, -math.inf), p, math.nextafter(p, math.inf))]


def record_functions():
    # Where the algorithms change over, and the ends of their domains.
    logs = [2**-53, 2**-52, 1e-300, 3.0, 1e300] + around(0.5, 0.6875, 0.9375, 1.0, 1.064697265625)
    angles = [0.0, 5e-324, TWO_PI, math.nextafter(TWO_PI, 0)] + around(
        2**-27, 2**-26, 0.126, 0.85546875, 2.4262638092041016,
        math.pi / 4, math.pi / 2, 3 * math.pi / 4, math.pi, 5 * math.pi / 4, 3 * math.pi / 2,
        math.pi / 2 - 0.126, math.pi + 0.126,
    )
    return {
        "log": [[x, math.log(x)] for x in logs],
        "sin": [[x, math.sin(x)] for x in angles],
        "cos": [[x, math.cos(x)] for x in angles],
    }


def record_initial_weights():
    """What the original script draws before it trains: a shuffle of its corpus, then two models."""
    r = random.Random(42)
    documents = list(range(32257))
    r.shuffle(documents)
    models = []
    for count in (4192, 1328):
        weights = [r.gauss(0, 0.08) for _ in range(count)]
        models.append({"count": count, "first": weights[:8], "sum": math.fsum(weights),
                       "digest": digest(weights)})
    return {"shuffled": documents[:10], "models": models}


fixture = {
    "python": platform.python_version(),
    "libc": " ".join(platform.libc_ver()),
    "machine": platform.machine(),
    "weights": WEIGHTS,
    "seeds": [record_seed(seed) for seed in SEEDS],
    "digests": [record_digests(seed) for seed in (42, 1, 2025)],
    "functions": record_functions(),
    "initial_weights": record_initial_weights(),
}
target = pathlib.Path(__file__).with_name("cpython_3_11_7.json")
target.write_text(json.dumps(fixture, indent=2) + "\n")
