"""Finds the polynomials in src/random/glibc_log.ts: python3.11 derive/log_polynomials.py (10 s).

Needs mpmath. Each polynomial p(x) = x + c2 x^2 + ... is built from the lowest coefficient: the Remez
algorithm finds the best remaining terms, the lowest of them is rounded to double and fixed.
"""

from mpmath import chop, cos, log1p, lu_solve, matrix, mp, mpf, pi

mp.prec = 200


class Problem:
    """Terms x^i ... x^degree added to fixed ones so that the largest error over [a, b] is smallest."""

    def __init__(self, degree, a, b, relative):
        self.degree, self.a, self.b, self.relative = degree, mpf(a), mpf(b), relative

    def remez(self, fixed, i):
        n = self.degree - i + 1
        scale = (lambda x: log1p(x)) if self.relative else (lambda x: mpf(1))
        missing = lambda x: (log1p(x) - sum(c * x ** (k + 1) for k, c in enumerate(fixed))) / scale(x)
        # x^i changes sign at 0 for odd i (and so does a relative error's scale): so does the error.
        flips = (i + self.relative) % 2 == 1
        sign = lambda x: -1 if flips and x < 0 else 1
        node = lambda t: (self.a + self.b) / 2 - (self.b - self.a) / 2 * cos(pi * t)
        points = [node(mpf(2 * k + 1) / (2 * n + 2)) for k in range(n + 1)]
        points = [x if abs(x) > (self.b - self.a) / 1000 else (self.b - self.a) / 50 for x in points]
        grid = [x for x in (node(mpf(k) / (24 * n)) for k in range(24 * n + 1)) if chop(x) != 0]
        while True:
            system = matrix(n + 1, n + 1)
            for row, x in enumerate(points):
                for k in range(n):
                    system[row, k] = x ** (i + k) / scale(x)
                system[row, n] = (-1) ** row * sign(x)
            solution = lu_solve(system, matrix([missing(x) for x in points]))
            error = lambda x: sign(x) * (
                missing(x) - sum(solution[k] * x ** (i + k) for k in range(n)) / scale(x)
            )
            extrema = self.alternating_extrema(error, grid, n + 1)
            if max(abs(e) for _, e in extrema) < abs(solution[n]) * (1 + mpf(10) ** -10):
                return solution[0]
            points = [x for x, _ in extrema]

    def alternating_extrema(self, error, grid, count):
        runs = []
        for k, x in enumerate(grid):
            e = error(x)
            if not runs or (runs[-1][1] > 0) != (e > 0):
                runs.append((k, e))
            elif abs(e) > abs(runs[-1][1]):
                runs[-1] = (k, e)
        extrema = []
        for k, e in runs:
            low, high = grid[max(0, k - 1)], grid[min(len(grid) - 1, k + 1)]
            for _ in range(45):
                left, right = low + (high - low) * mpf("0.382"), high - (high - low) * mpf("0.382")
                low, high = (low, right) if abs(error(left)) > abs(error(right)) else (left, high)
            middle = (low + high) / 2
            extrema.append(max((grid[k], e), (middle, error(middle)), key=lambda p: abs(p[1])))
        while len(extrema) > count:
            least = min(range(len(extrema)), key=lambda j: abs(extrema[j][1]))
            if 0 < least < len(extrema) - 1 and len(extrema) >= count + 2:
                other = min(least - 1, least + 1, key=lambda j: abs(extrema[j][1]))
                del extrema[max(least, other)], extrema[min(least, other)]
            else:
                del extrema[0 if abs(extrema[0][1]) < abs(extrema[-1][1]) else -1]
        return extrema

    def coefficients(self):
        fixed = [mpf(1)]
        for i in range(2, self.degree + 1):
            fixed.append(mpf(float(self.remez(fixed, i))))
        return [float(c) for c in fixed[1:]]


width = float.fromhex("0x1.fp-9")
for coefficient in Problem(6, -width, width, relative=False).coefficients():
    print("A", coefficient)
for coefficient in Problem(12, -(2**-4), float.fromhex("0x1.09p-4"), relative=True).coefficients():
    print("B", coefficient)
