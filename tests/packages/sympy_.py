"""Algebra, calculus and exact numbers."""

from sympy import (Derivative, Eq, Function, Integral, Matrix, Rational, Symbol, cos, diff, dsolve, exp, expand, factor, factorint, gcd,
                   integrate, latex, limit, log, nsimplify, oo, pi, pretty, prime, series, simplify, sin, solve, sqrt, summation, symbols)
from mpmath import mp, quad, zeta

x, y, n = symbols("x y n")
print(expand((x + y) ** 5), factor(x**4 - 1), simplify(sin(x) ** 2 + cos(x) ** 2), gcd(x**2 - 1, x**3 - 1))
print(diff(x**x * sin(x), x), integrate(x**2 * exp(x), x), integrate(exp(-x**2), (x, -oo, oo)))
print(limit(sin(x) / x, x, 0), series(cos(x), x, 0, 8), summation(1 / n**2, (n, 1, oo)))
print(solve(x**2 - 2 * x - 3, x), solve([x + y - 3, x - y - 1], [x, y]), solve(x**3 - 2, x))
f = Function("f")
print(dsolve(Eq(f(x).diff(x, 2) + f(x), 0)))
m = Matrix([[2, 1, 0], [1, 2, 1], [0, 1, 2]])
print(m.det(), m.inv(), m.eigenvals(), (m**5).tolist())
print(pi.evalf(60), sqrt(8), Rational(1, 3) + Rational(1, 6), nsimplify(0.1), factorint(2**64 - 1), prime(500))
print(latex(Integral(sqrt(1 / x), x)), pretty(Derivative(x**2 / y, x)), sep="\n")
print(log(x * y).expand(force=True), (x + 1).subs(x, y**2), sorted(str(s) for s in (x * y + Symbol("z")).free_symbols))
mp.dps = 40
print(zeta(3), quad(lambda t: mp.sin(t) ** 2, [0, mp.pi]), mp.findroot(lambda t: t**3 - 2, 1), mp.gamma(0.5) ** 2)
