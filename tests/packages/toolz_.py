"""more-itertools and toolz."""

import more_itertools as mi
import toolz
from toolz import curried

print(list(mi.chunked(range(7), 3)), list(mi.windowed("abcd", 2)), mi.first([], "none"), list(mi.flatten([[1], [2, 3]])), mi.one([5]))
print(list(mi.interleave_longest("abc", [1])), mi.ilen(iter("abcd")), list(mi.collapse([1, [2, [3, "x"]]])), list(mi.unique_everseen("abcAB", key=str.lower)))
print([list(g) for g in mi.split_when([1, 2, 4, 5, 7], lambda a, b: b != a + 1)], list(mi.run_length.encode("aab")), mi.all_equal("aaa"))
print(list(mi.sliding_window(range(4), 3)), list(mi.roundrobin("ab", "cde")), list(mi.distinct_permutations("aab")), list(mi.set_partitions("abc", 2)))
print(list(mi.powerset([1, 2])), mi.nth_product(5, "ab", "cde"), list(mi.sieve(30)), list(mi.factor(360)))
p = mi.peekable("abc")
print(p.peek(), next(p), p[1], list(p), mi.bucket("abAB", key=str.isupper)[True].__class__.__name__)
b = mi.spy(iter(range(5)), 2)
print(b[0], list(b[1]), list(mi.stagger([0, 1, 2])), mi.partition(lambda x: x > 1, [0, 1, 2, 3])[1].__next__(), mi.minmax([3, 1, 2]))
try:
    mi.one([1, 2])
except ValueError as error:
    print(error)
print(toolz.groupby(len, ["a", "bb", "cc"]), toolz.merge_with(sum, {"a": 1}, {"a": 2, "b": 3}), toolz.frequencies("aab"), toolz.valmap(str, {1: 2}))
print(toolz.pipe(range(10), curried.filter(lambda x: x % 2), curried.map(lambda x: x**2), list), toolz.get_in(["a", 0, "b"], {"a": [{"b": 5}]}))
print(toolz.compose(str, abs)(-3), toolz.juxt(min, max)([1, 2]), toolz.assoc_in({}, ["x", "y"], 1), list(toolz.partition_all(2, "abc")))
@toolz.curry
def add(a, b, c=0): return a + b + c
print(add(1)(2), add(b=2)(1), add(1, c=5)(2), toolz.memoize(lambda x: x + 1)(1), toolz.reduceby(lambda x: x % 2, lambda a, b: a + b, range(6), 0))
print(list(toolz.join(0, [(1, "a")], 0, [(1, "b"), (2, "c")])), toolz.thread_last([1, 2], (map, str), ",".join), list(toolz.topk(2, [1, 5, 3])), list(toolz.diff([1, 2], [1, 3])))
