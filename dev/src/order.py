"""What most programs do, for `cargo dev order`: a script that imports a module beside it and works with all kinds of objects."""
import argparse
import collections
import dataclasses
import functools
import itertools
import json
import math
import operator
import os
import random
import re
import string
import sys
import time

import order_helper


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0
    tags: list = dataclasses.field(default_factory=list)


class Node:
    __slots__ = ("left", "right", "value")

    def __init__(self, value):
        self.left = self.right = None
        self.value = value

    def __repr__(self):
        return f"Node({self.value!r})"

    def __eq__(self, other):
        return isinstance(other, Node) and self.value == other.value

    def __lt__(self, other):
        return self.value < other.value

    def __hash__(self):
        return hash(self.value)

    @property
    def double(self):
        return self.value * 2

    @classmethod
    def of(cls, *values):
        return [cls(value) for value in values]

    @staticmethod
    def nothing():
        return None


class Failure(ValueError):
    pass


def numbers():
    total = 0
    for i in range(2000):
        total += i * i % 7 - (i >> 1) ^ (i & 3) | (i << 2)
        total = total // 2 if i % 3 else total
    x = 0.5
    for i in range(1, 500):
        x = x * 1.5 / i + math.sqrt(i) - math.sin(x) ** 2
    big = 3**500 // 7 + (2**300 % 1000) * -1
    return total, round(x, 3), abs(big), divmod(-7, 2), int("12"), float("1.5"), 3 + 2j, hex(255), str(big), f"{x:.3f} {total:>8,d}"


def containers():
    items = [random.random() for _ in range(300)]
    items.sort(), sorted(items, key=lambda item: -item), items.reverse(), items.insert(3, 1), items.pop(), items.extend((1, 2))
    del items[2], items[5:9]
    table = {str(i): [i, (i, i + 1)] for i in range(300)}
    table.update(a=1), table.setdefault("b", []), table.pop("3"), table.get("x"), list(table.items()), "5" in table
    words = {i % 17 for i in range(100)} | {1, 2} & {2, 3} - {4}
    words.add(5), words.discard(1), frozenset(words), 5 in words
    counts = collections.Counter("abracadabra")
    queue = collections.deque(range(10), maxlen=5)
    queue.append(1), queue.popleft()
    groups = collections.defaultdict(list)
    for key, value in zip("abcab", range(5)):
        groups[key].append(value)
    matrix = [[0] * 10 for _ in range(10)]
    for i in range(10):
        for j in range(10):
            matrix[i][j] = i ^ j
    a, *rest = range(5)
    buffer = bytearray(20)
    buffer[3] = 7
    view = memoryview(buffer)[2:5]
    return counts.most_common(2), groups, sum(map(sum, matrix)), a, rest, bytes(view), min(items), max(items), any(items), all(items), \
        list(enumerate("ab")), list(filter(None, [0, 1])), list(reversed([1, 2])), tuple(itertools.chain([1], itertools.islice(itertools.count(), 3)))


def texts():
    text = "The quick brown fox jumps over the lazy dog, ünïcode and all"
    parts = text.split()
    out = " ".join(parts).upper().lower().title().replace("Fox", "cat").strip().center(70, "*")
    found = re.findall(r"\b(\w)(\w+)\b", text), re.sub(r"[aeiou]", lambda match: match.group().upper(), text)
    line = "%s has %d items and %5.2f%%" % ("x", 3, 99.5) + "{} {:>5} {name}".format(1, 2, name="n")
    return out, found, line, text.encode().decode("utf-8"), text.find("fox"), text[3:9], text.startswith("The"), ord("a"), chr(98), \
        text.partition(","), "a,b\n".splitlines(), text.isalpha(), string.ascii_letters, repr(text), text.count("o"), text * 2, "a" in text


def control():
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    def generator(n):
        try:
            for i in range(n):
                sent = yield i
                if sent:
                    yield from (sent, sent)
        finally:
            pass

    @functools.lru_cache(None)
    def cached(n, *args, key=None, **rest):
        return (n, args, key, rest)

    for n in range(50):
        try:
            if n % 3 == 0:
                raise Failure(n) from KeyError("k")
            [][n] if n % 3 == 1 else {}["x"]
        except (Failure, IndexError) as error:
            str(error), error.__cause__
        except LookupError:
            pass
        else:
            break
    steps = generator(5)
    next(steps), steps.send(3), list(steps), steps.close()
    match [1, {"a": Point(1.0)}]:
        case [int(x), {"a": Point(x=y)}]:
            cached(x, y, key=1, z=2)
    nodes = Node.of(3, 1, 2)
    nodes.sort()
    return fibonacci(12), nodes, nodes[0] == nodes[1], {nodes[0]: nodes[0].double}, Node.nothing(), getattr(nodes[0], "missing", None), \
        functools.reduce(operator.add, range(10)), isinstance(nodes, list), sorted(nodes, key=operator.attrgetter("value")), Point(1, 2)


def files(folder):
    path = os.path.join(folder, "data.json")
    with open(path, "w") as stream:
        json.dump({"a": [1, 2.5, None, True, "text"], "b": {"c": "ü"}}, stream, indent=1)
    with open(path) as stream:
        for line in stream:
            line.rstrip()
    with open(path, "rb") as stream:
        data = json.loads(stream.read())
    os.listdir(folder), os.path.exists(path), os.environ.get("HOME"), os.remove(path)
    return data


def main():
    parser = argparse.ArgumentParser(description="Work.")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("names", nargs="*")
    options, rest = parser.parse_known_args(["--times", "40", "x"])
    start = time.perf_counter()
    keep = []
    for i in range(options.times):
        numbers(), containers(), texts(), control()
        keep.append([Node(j) for j in range(500)])
        if len(keep) > 5:
            keep.clear()
    files(os.path.dirname(os.path.abspath(__file__)))
    order_helper.work()
    print(json.dumps({"seconds": time.perf_counter() - start > 0, "rest": rest}), sys.version_info >= (3, 14))


if __name__ == "__main__":
    main()
